using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Import;
using CreditExchange.Cli.Texts;
using CreditExchange.Client;
using CreditExchange.Domain.Catalogues;

namespace CreditExchange.Cli.Reconcile;

/// <summary>Sets a full file against the hub: reads both, and says whether it may be gone on with.</summary>
internal static class Comparison
{
    /// <summary>The lists that a file's rows name; amendments and endings by listing_id may be about any list: the empty code.</summary>
    public static (SortedSet<string> Lists, long Rows) Lists(ImportFile file)
    {
        var lists = new SortedSet<string>(StringComparer.Ordinal);
        var rows = 0L;
        foreach (var row in file.Rows())
        {
            rows++;
            if (row.Request is { } request)
            {
                lists.Add(RowKey.Trim(request.Listing?.ListCode ?? request.Amend?.ListCode ?? request.End?.ListCode ?? ""));
            }
        }

        return (lists, rows);
    }

    /// <summary>Compares.</summary>
    /// <exception cref="CliError">The file is empty, or something can't be read.</exception>
    public static async Task<(Reconciliation Found, HeldListings Held)> MakeAsync(
        Invocation run, CreditExchangeChannel channel, string agency, ImportFile file, ImportWords words, CancellationToken cancel)
    {
        var orders = words.Ends is { } path ? EndsFile.Read(path, run.Language) : [];
        var (lists, rows) = Lists(file);
        if (rows == 0)
        {
            // Also with --confirm: a list that became empty is ended row by row, not by a file that failed.
            throw new CliError(ExitCode.Stopped, "FILE_EMPTY", Say.FileEmpty.In(run.Language), Say.FileEmptyNext.In(run.Language));
        }

        if (words.List.Length > 0)
        {
            lists.Add(words.List);
        }

        var now = run.Terminal.Time.GetUtcNow();
        var held = new HeldListings(now);
        foreach (var list in lists)
        {
            // The empty code would ask for every list, and what the file doesn't name is not compared.
            if (list.Length > 0)
            {
                await held.ReadAsync(channel.Registry, agency, list, cancel);
            }
        }

        var found = new Reconciliation(held, LegalDay.Of(now), Say.ReconcileReason.In(run.Language));
        found.Survey(file.Rows(), words.List, orders, words.ForAll);
        return (found, held);
    }

    /// <summary>Why a person has to look before anything is sent; null: nothing speaks against going on.</summary>
    public static CliError? Stop(Reconciliation found, ImportFile file, Language language)
    {
        foreach (var (list, counts) in found.Lists)
        {
            if (counts.TooManyVanished)
            {
                return Stopped("RECONCILE_VANISHED", Say.StopVanished.In(language, list, counts.Vanished, counts.Live), language);
            }

            if (counts.TooManyChanged)
            {
                return Stopped("RECONCILE_CHANGED", Say.StopChanged.In(language, list, counts.Changed, counts.Live), language);
            }
        }

        return file.EndsWithLine ? null : Stopped("FILE_CUT_OFF", Say.FileCutOff.In(language), language);
    }

    private static CliError Stopped(string reason, string what, Language language) =>
        new(ExitCode.Stopped, reason, what, Say.StopNext.In(language));
}
