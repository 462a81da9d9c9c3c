using System.CommandLine;
using System.Text;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Samples;
using CreditExchange.Cli.Texts;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;

namespace CreditExchange.Cli.Commands;

/// <summary>cx sample.</summary>
internal static class SampleCommand
{
    public static Command Build(Invocation run)
    {
        var language = run.Language;
        var count = new Option<int>("--count") { Description = Say.SampleCount.In(language), HelpName = "N", Required = true };
        var seed = new Option<int>("--seed") { Description = Say.Seed.In(language), HelpName = "S", DefaultValueFactory = static _ => 1 };
        var list = new Option<string?>("--list") { Description = Say.ListCode.In(language), HelpName = "CODE" };
        var publisher = new Option<string?>("--publisher") { Description = Say.Publisher.In(language), HelpName = "AGENCY" };
        var format = new Option<string?>("--format") { Description = Say.Format.In(language), HelpName = "ndjson|csv" };
        var file = new Option<string?>("--out") { Description = Say.Out.In(language), HelpName = "FILE" };
        var today = new Option<string?>("--today") { Description = Say.Today.In(language), HelpName = "D" };
        var allKinds = new Option<bool>("--all-kinds") { Description = Say.AllKinds.In(language) };
        format.AcceptOnlyFromAmong("csv", "ndjson");
        var command = new Command("sample", Say.Sample.In(language)) { count, seed, list, publisher, format, file, today, allKinds };
        command.SetAction(parsed =>
        {
            var day = Day(run, parsed.GetValue(today));
            var path = parsed.GetValue(file);
            var csv = parsed.GetValue(format) is { } stated
                ? stated == "csv"
                : path?.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) == true;
            using var output = path is null ? null : Create(run, path);
            Write(
                SampleSource.Take(
                    wanted => SampleListings.Generate(parsed.GetValue(seed), wanted, day, parsed.GetValue(allKinds)),
                    Math.Max(parsed.GetValue(count), 0), parsed.GetValue(list) ?? "", parsed.GetValue(publisher) ?? ""),
                output ?? run.Terminal.Out, csv);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(IEnumerable<V1.Listing> listings, TextWriter to, bool csv)
    {
        if (csv)
        {
            to.Write(CsvWriter.Header + "\n");
        }

        foreach (var one in listings)
        {
            to.Write((csv ? CsvWriter.Row(one) : Invocation.Formatter.Format(one)) + "\n");
        }
    }

    private static DateOnly Day(Invocation run, string? stated)
    {
        if (stated is null)
        {
            return LegalDay.Of(run.Terminal.Time.GetUtcNow());
        }

        return LegalDay.TryParse(stated, out var day)
            ? day
            : throw CliError.Usage(run.Language, Say.BadOption.In(run.Language, "--today"), "cx sample");
    }

    private static StreamWriter Create(Invocation run, string path)
    {
        try
        {
            return new StreamWriter(path, false, new UTF8Encoding(false), 256 * 1024);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliError.File(run.Language, path);
        }
    }
}
