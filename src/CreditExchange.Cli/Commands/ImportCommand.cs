using System.CommandLine;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Import;
using CreditExchange.Cli.Reconcile;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Commands;

/// <summary>cx import.</summary>
internal static class ImportCommand
{
    public static Command Build(Invocation run)
    {
        var language = run.Language;
        var options = new ImportOptions(language);
        var rejects = new Option<string?>("--rejects") { Description = Say.Rejects.In(language), HelpName = "FILE" };
        var dryRun = new Option<bool>("--dry-run") { Description = Say.ReconcileDryRun.In(language) };
        var inFlight = new Option<int>("--in-flight")
        {
            Description = Say.InFlight.In(language),
            HelpName = "N",
            DefaultValueFactory = static _ => 2048,
        };
        var command = new Command("import", Say.Import.In(language));
        options.AddTo(command);
        command.Options.Add(dryRun);
        command.Options.Add(rejects);
        command.Options.Add(inFlight);
        command.SetAction((parsed, cancel) => RunAsync(
            run, options.Read(parsed), parsed.GetValue(rejects), Math.Clamp(parsed.GetValue(inFlight), 1, 65536),
            parsed.GetValue(dryRun), cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        Invocation run, ImportWords words, string? rejectsPath, int inFlight, bool dryRun, CancellationToken cancel)
    {
        var agency = run.RequiredAgency;
        if (dryRun && !words.Reconcile)
        {
            throw CliError.Usage(run.Language, Say.NeedsReconcile.In(run.Language, "--dry-run"), "cx import");
        }

        var path = RejectsPath(run, words.Path, rejectsPath);
        if (words.Reconcile)
        {
            return await ReconcileRun.RunAsync(run, agency, words, path, inFlight, dryRun, cancel);
        }

        using var file = new ImportFile(words.Path, words.List, words.Format, run.Language);
        using var rejects = new RejectsFile(path);
        using var channel = run.Connect(agency);
        var tally = new ImportTally();
        var progress = new ImportProgress(run.Terminal, run.Language, tally, () => file.Position, file.Length);
        var import = new ImportRun(channel.Registry, agency, rejects, tally, run.Language, run.Terminal.Time, inFlight)
        {
            Interrupted = (reason, pause) => run.Note(Say.ImportResume, reason, pause.TotalSeconds),
        };
        var started = run.Terminal.Time.GetTimestamp();
        try
        {
            await progress.ShowAsync(() => import.RunAsync(file.Rows(), cancel));
        }
        finally
        {
            // Also after a break: what is in stays in, and the next run goes on from there.
            Summarise(run, tally, rejects, run.Terminal.Time.GetElapsedTime(started));
        }

        return tally.Rejected > 0 ? ExitCode.Partly : ExitCode.Done;
    }

    private static string RejectsPath(Invocation run, string path, string? stated)
    {
        var rejects = stated ?? path + ".rejects.ndjson";
        return string.Equals(Path.GetFullPath(rejects), Path.GetFullPath(path), StringComparison.Ordinal)
            ? throw CliError.Usage(run.Language, Say.BadOption.In(run.Language, "--rejects"), "cx import")
            : rejects;
    }

    private static void Summarise(Invocation run, ImportTally tally, RejectsFile rejects, TimeSpan took)
    {
        var rate = took.TotalSeconds > 0 ? (long)(tally.Answered / took.TotalSeconds) : tally.Answered;
        if (run.Json)
        {
            run.Line(JsonLine.Of(json =>
            {
                json.WriteNumber("accepted", tally.Accepted);
                json.WriteNumber("already_there", tally.AlreadyThere);
                json.WriteNumber("rejected", tally.Rejected);
                json.WriteStartObject("rejected_by_reason");
                foreach (var (reason, count) in tally.ByReason)
                {
                    json.WriteNumber(reason, count);
                }

                json.WriteEndObject();
                json.WriteString("rejects_file", rejects.Exists ? rejects.Path : null);
                json.WriteNumber("seconds", Math.Round(took.TotalSeconds, 3));
                json.WriteNumber("rows_per_second", rate);
            }));
            return;
        }

        run.Line(Say.ImportDone.In(run.Language, tally.Accepted, tally.Rejected, took.TotalSeconds.ToString("0.0", null), rate));
        if (tally.AlreadyThere > 0)
        {
            run.Line(Say.ImportAlreadyThere.In(run.Language, tally.AlreadyThere));
        }

        foreach (var (reason, count) in tally.ByReason)
        {
            run.Line(Say.ImportReason.In(run.Language, reason, count));
        }

        if (rejects.Exists)
        {
            run.Line(Say.ImportRejects.In(run.Language, rejects.Path));
        }
    }
}
