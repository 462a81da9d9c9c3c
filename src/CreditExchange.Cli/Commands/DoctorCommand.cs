using System.CommandLine;
using CreditExchange.Cli.Doctor;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Import;
using CreditExchange.Cli.Reconcile;
using CreditExchange.Cli.Texts;
using CreditExchange.Client;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Listings;
using CreditExchange.V1;

namespace CreditExchange.Cli.Commands;

/// <summary>cx doctor.</summary>
internal static class DoctorCommand
{
    private const string Shipped = "shipped";

    public static Command Build(Invocation run)
    {
        var options = new ImportOptions(run.Language);
        var catalogue = new Option<string?>("--catalogue") { Description = Say.OfflineCatalogue.In(run.Language), HelpName = "DIR|shipped" };
        var command = new Command("doctor", Say.Doctor.In(run.Language));
        options.AddTo(command);
        command.Options.Add(catalogue);
        command.SetAction(async (parsed, cancel) =>
        {
            var words = options.Read(parsed);
            if (parsed.GetValue(catalogue) is { } path)
            {
                return words.Reconcile
                    ? throw CliError.Usage(run.Language, Say.BadOption.In(run.Language, "--catalogue"), "cx doctor")
                    : Offline(run, words, path);
            }

            return await OnlineAsync(run, words, cancel);
        });
        return command;
    }

    private static int Offline(Invocation run, ImportWords words, string path)
    {
        using var file = new ImportFile(words.Path, words.List, words.Format, run.Language);
        var catalogue = path == Shipped ? CatalogueFiles.Shipped() : CatalogueCommand.Read(run, [path]);
        var now = run.Terminal.Time.GetUtcNow();
        var judge = new RowJudge(Context(catalogue, run.As ?? "", now), new HeldListings(now), static _ => null, run.Language);
        var report = new DoctorReport(run);
        Judge(file, judge, report);
        report.Summarise(offline: true, null);
        return report.AllWell ? ExitCode.Done : ExitCode.Partly;
    }

    private static async Task<int> OnlineAsync(Invocation run, ImportWords words, CancellationToken cancel)
    {
        var agency = run.RequiredAgency;
        using var file = new ImportFile(words.Path, words.List, words.Format, run.Language);
        using var channel = run.Connect(agency);
        var catalogue = (await channel.Catalogue.GetCatalogueAsync(new GetCatalogueRequest(), cancellationToken: cancel)).Catalogue;
        var now = run.Terminal.Time.GetUtcNow();
        var context = Context(catalogue, agency, now);
        var (lists, _) = Comparison.Lists(file);
        var rights = await RightsAsync(channel, context.Catalogue, lists, cancel);
        var report = new DoctorReport(run);
        if (words.Reconcile)
        {
            var (found, known) = await Comparison.MakeAsync(run, channel, agency, file, words, cancel);
            var stop = words.Confirm ? null : Comparison.Stop(found, file, run.Language);
            Judge(file, found, new RowJudge(context, known, list => rights.GetValueOrDefault(list), run.Language, records: false), report);
            report.Summarise(offline: false, stop);
            return stop is not null ? ExitCode.Stopped : report.AllWell ? ExitCode.Done : ExitCode.Partly;
        }

        var held = new HeldListings(now);
        foreach (var list in lists.Contains("") ? [""] : lists)
        {
            await held.ReadAsync(channel.Registry, agency, list, cancel);
        }

        Judge(file, new RowJudge(context, held, list => rights.GetValueOrDefault(list), run.Language), report);
        report.Summarise(offline: false, null);
        return report.AllWell ? ExitCode.Done : ExitCode.Partly;
    }

    private static void Judge(ImportFile file, RowJudge judge, DoctorReport report)
    {
        foreach (var row in file.Rows())
        {
            report.Add(row, row.Request?.Listing?.ListCode ?? "", judge.OfImport(row));
        }
    }

    private static void Judge(ImportFile file, Reconciliation found, RowJudge judge, DoctorReport report)
    {
        void Add(RowFate fate) =>
            report.Add(fate.Row, fate.Held?.Key.List ?? fate.Row.Request?.Listing?.ListCode ?? "", judge.OfFate(fate));

        foreach (var row in file.Rows())
        {
            Add(found.Of(row));
        }

        foreach (var order in found.UselessOrders)
        {
            Add(new RowFate(Fate.Rejected, order));
        }

        foreach (var vanished in found.Vanished)
        {
            Add(vanished);
        }
    }

    // The rules look at the agency for a listing's origin alone; what it may do the hub says.
    private static ListingContext Context(Catalogue catalogue, string agency, DateTimeOffset now) =>
        new(new CatalogueIndex(catalogue), new Agency { AgencyId = agency }, now);

    private static async Task<Dictionary<string, bool?>> RightsAsync(
        CreditExchangeChannel channel, CatalogueIndex catalogue, SortedSet<string> lists, CancellationToken cancel)
    {
        var rights = new Dictionary<string, bool?>(StringComparer.Ordinal);
        foreach (var list in lists)
        {
            if (catalogue.KnowsList(list))
            {
                rights[list] = await PublishRights.MayAsync(channel.Registry, list, "doctor-" + Invocation.NewRequestId(), cancel);
            }
        }

        return rights;
    }
}
