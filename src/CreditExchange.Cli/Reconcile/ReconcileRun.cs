using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Import;
using CreditExchange.Cli.Terminals;
using CreditExchange.V1;

namespace CreditExchange.Cli.Reconcile;

/// <summary>
/// cx import --reconcile: publishes what is new, amends what differs, ends what vanished with a ground. What was done before a
/// break shows in the hub's listings, so a run that is started again does the rest.
/// </summary>
internal static class ReconcileRun
{
    public static async Task<int> RunAsync(
        Invocation run, string agency, ImportWords words, string rejectsPath, int inFlight, bool dryRun, CancellationToken cancel)
    {
        var started = run.Terminal.Time.GetTimestamp();
        using var file = new ImportFile(words.Path, words.List, words.Format, run.Language);
        using var channel = run.Connect(agency);
        var (found, _) = await Comparison.MakeAsync(run, channel, agency, file, words, cancel);
        var report = new ReconcileReport(run, found);
        var stop = Comparison.Stop(found, file, run.Language);
        if (dryRun || (stop is not null && !words.Confirm))
        {
            report.Planned(dryRun ? file.Rows() : [], stop is not null && !words.Confirm);
            return stop is not null && !words.Confirm ? throw stop : report.Exit;
        }

        using var rejects = new RejectsFile(rejectsPath);
        var tally = new ImportTally();
        var progress = new ImportProgress(run.Terminal, run.Language, tally, () => file.Position, file.Length);
        var import = new ImportRun(channel.Registry, agency, rejects, tally, run.Language, run.Terminal.Time, inFlight)
        {
            Interrupted = (reason, pause) => run.Note(Texts.Say.ImportResume, reason, pause.TotalSeconds),
            Accepted = report.Accepted,
        };
        try
        {
            await progress.ShowAsync(() => import.RunAsync(ToSend(found, file, report), cancel));
            report.WithoutGround(rejects);
        }
        finally
        {
            report.Done(tally, rejects, run.Terminal.Time.GetElapsedTime(started));
        }

        return report.Exit;
    }

    private static IEnumerable<SourceRow> ToSend(Reconciliation found, ImportFile file, ReconcileReport report)
    {
        foreach (var row in file.Rows())
        {
            var fate = found.Of(row);
            if (fate.Fate is Fate.New or Fate.Amended or Fate.Rejected)
            {
                yield return fate.Row;
            }
            else
            {
                report.LeftAlone(fate);
            }
        }

        foreach (var order in found.UselessOrders)
        {
            yield return order;
        }

        foreach (var vanished in found.Vanished)
        {
            if (vanished.Fate == Fate.Ended)
            {
                yield return vanished.Row;
            }
        }
    }
}
