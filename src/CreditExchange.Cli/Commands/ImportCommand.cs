using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Import;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Commands;

/// <summary>cx import.</summary>
internal static class ImportCommand
{
    public static Command Build(Invocation run)
    {
        var language = run.Language;
        var file = new Argument<string>("FILE") { Description = Say.ImportFile.In(language) };
        var list = new Option<string?>("--list") { Description = Say.ImportList.In(language), HelpName = "CODE" };
        var rejects = new Option<string?>("--rejects") { Description = Say.Rejects.In(language), HelpName = "FILE" };
        var format = new Option<string?>("--format") { Description = Say.Format.In(language), HelpName = "csv|ndjson" };
        var inFlight = new Option<int>("--in-flight")
        {
            Description = Say.InFlight.In(language),
            HelpName = "N",
            DefaultValueFactory = static _ => 2048,
        };
        format.AcceptOnlyFromAmong("csv", "ndjson");
        var command = new Command("import", Say.Import.In(language)) { file, list, rejects, format, inFlight };
        command.SetAction((parsed, cancel) => RunAsync(
            run, parsed.GetRequiredValue(file), parsed.GetValue(list) ?? "", parsed.GetValue(rejects),
            parsed.GetValue(format), Math.Clamp(parsed.GetValue(inFlight), 1, 65536), cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        Invocation run, string path, string list, string? rejectsPath, string? format, int inFlight, CancellationToken cancel)
    {
        var agency = run.As ?? throw new CliError(
            ExitCode.Usage, "AGENCY_REQUIRED", Say.NeedsAs.In(run.Language), Say.NeedsAsNext.In(run.Language));
        await using var file = Open(run, path);
        Utf8Text.Check(file, run.Language);
        using var rejects = new RejectsFile(RejectsPath(run, path, rejectsPath));
        using var channel = run.Connect(agency);
        using var text = new StreamReader(file, new UTF8Encoding(false, true), false, 64 * 1024, leaveOpen: true);
        var rows = IsCsv(path, format) ? CsvSource.Read(text, list, run.Language) : NdjsonSource.Read(text, list, run.Language);
        var tally = new ImportTally();
        var progress = new ImportProgress(run.Terminal, run.Language, tally, () => file.Position, file.Length);
        var import = new ImportRun(channel.Registry, agency, rejects, tally, run.Language, run.Terminal.Time, inFlight)
        {
            Interrupted = (reason, pause) => run.Note(Say.ImportResume, reason, pause.TotalSeconds),
        };
        var started = run.Terminal.Time.GetTimestamp();
        try
        {
            await progress.ShowAsync(() => import.RunAsync(rows, cancel));
        }
        finally
        {
            // Also after a break: what is in stays in, and the next run goes on from there.
            Summarise(run, tally, rejects, run.Terminal.Time.GetElapsedTime(started));
        }

        return tally.Rejected > 0 ? ExitCode.Partly : ExitCode.Done;
    }

    private static FileStream Open(Invocation run, string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 256 * 1024, FileOptions.SequentialScan);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliError.File(run.Language, path);
        }
    }

    private static string RejectsPath(Invocation run, string path, string? stated)
    {
        var rejects = stated ?? path + ".rejects.ndjson";
        return string.Equals(Path.GetFullPath(rejects), Path.GetFullPath(path), StringComparison.Ordinal)
            ? throw CliError.Usage(run.Language, Say.BadOption.In(run.Language, "--rejects"), "cx import")
            : rejects;
    }

    private static bool IsCsv(string path, string? format) =>
        format is null ? path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) : format == "csv";

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
