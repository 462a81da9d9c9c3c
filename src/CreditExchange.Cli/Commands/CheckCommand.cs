using System.CommandLine;
using System.Text;
using System.Text.Json;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Subjects;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.Client;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Cli.Commands;

/// <summary>cx check. Numbers come from a file or standard input, never from the command line, where others see them.</summary>
internal static class CheckCommand
{
    private const string DefaultAgency = "hainan-approval";
    private const int Concurrent = 32;

    public static Command Build(Invocation run)
    {
        var language = run.Language;
        var matter = new Option<string>("--matter") { Description = Say.Matter.In(language), HelpName = "CODE", Required = true };
        var purpose = new Option<string>("--purpose") { Description = Say.Purpose.In(language), HelpName = "REF", Required = true };
        var file = new Option<string?>("--file") { Description = Say.CheckFile.In(language), HelpName = "FILE" };
        var command = new Command("check", Say.Check.In(language)) { matter, purpose, file };
        command.SetAction((parsed, cancel) => RunAsync(
            run, parsed.GetRequiredValue(matter), parsed.GetRequiredValue(purpose), parsed.GetValue(file), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Invocation run, string matter, string purpose, string? path, CancellationToken cancel)
    {
        using var text = new StreamReader(Open(run, path), new UTF8Encoding(false, true));
        using var channel = run.Connect(DefaultAgency);
        var asked = new Queue<(SubjectLine Line, Task<CheckSubjectResponse>? Answer)>();
        var exit = ExitCode.Done;
        var number = 0L;
        var any = false;
        try
        {
            while (await text.ReadLineAsync(cancel) is { } line)
            {
                if (SubjectLine.Parse(line, ++number) is not { } subject)
                {
                    continue;
                }

                any = true;
                asked.Enqueue((subject, Ask(channel, subject, matter, purpose, cancel)));
                if (asked.Count >= Concurrent)
                {
                    exit = Math.Max(exit, await ShowAsync(run, asked.Dequeue()));
                }
            }

            while (asked.Count > 0)
            {
                exit = Math.Max(exit, await ShowAsync(run, asked.Dequeue()));
            }
        }
        catch (DecoderFallbackException)
        {
            throw new CliError(ExitCode.Usage, "NOT_UTF8", Say.NotUtf8.In(run.Language), Say.NotUtf8Next.In(run.Language));
        }

        return any ? exit : throw new CliError(ExitCode.Usage, "NO_INPUT", Say.NoInput.In(run.Language), Say.NoInputNext.In(run.Language));
    }

    private static Stream Open(Invocation run, string? path)
    {
        if (path is null or "-")
        {
            return run.Terminal.Input();
        }

        try
        {
            return File.OpenRead(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliError.File(run.Language, path);
        }
    }

    private static Task<CheckSubjectResponse>? Ask(
        CreditExchangeChannel channel, SubjectLine subject, string matter, string purpose, CancellationToken cancel) =>
        subject.Id.Kind == IdKind.Unspecified
            ? null
            : channel.Lookup.CheckSubjectAsync(
                new CheckSubjectRequest
                {
                    Subject = subject.Id,
                    SubjectName = subject.Name,
                    Matter = matter,
                    Purpose = purpose,
                }, cancellationToken: cancel).ResponseAsync;

    private static async Task<int> ShowAsync(Invocation run, (SubjectLine Line, Task<CheckSubjectResponse>? Answer) asked)
    {
        if (asked.Answer is null)
        {
            ShowError(run, asked.Line, "SUBJECT_KIND", Say.RowKind.In(run.Language));
            return ExitCode.Other;
        }

        CheckSubjectResponse answer;
        try
        {
            answer = await asked.Answer;
        }
        catch (RpcException failure) when (failure.StatusCode == StatusCode.InvalidArgument && IsOfSubject(failure))
        {
            // One bad number fails its own line; anything else ends the run.
            var error = ErrorLine.Of(failure, run.Language, run.Address);
            ShowError(run, asked.Line, error.Reason, error.Message);
            return ExitCode.Other;
        }

        if (run.Json)
        {
            run.Line(Json(asked.Line, answer));
        }
        else
        {
            ShowText(run, asked.Line, answer);
        }

        return answer.Verdict is Verdict.Clear or Verdict.Favoured ? ExitCode.Done : ExitCode.Partly;
    }

    private static bool IsOfSubject(RpcException failure) =>
        HubError.From(failure) is { } hub && hub.Field.Contains("subject", StringComparison.Ordinal);

    private static void ShowError(Invocation run, SubjectLine line, string reason, string message)
    {
        var masked = NumberMask.Of(line.Id.Number);
        var text = NumberMask.Within(message, line.Id.Number);
        if (run.Json)
        {
            run.Line(JsonLine.Of(json =>
            {
                json.WriteNumber("line", line.Line);
                json.WriteString("number", masked);
                json.WriteStartObject("error");
                json.WriteString("reason", reason);
                json.WriteString("message", text);
                json.WriteEndObject();
            }));
        }
        else
        {
            run.Terminal.Error.WriteLine($"cx: {line.Line}: {masked}: {text} ({reason})");
        }
    }

    private static void ShowText(Invocation run, SubjectLine line, CheckSubjectResponse answer)
    {
        run.Line($"{line.Line}\t{NumberMask.Of(line.Id.Number)}\t{Word(answer.Verdict).In(run.Language)}");
        foreach (var one in answer.Consequences)
        {
            var from = one.Recognised.Length > 0 ? $" ({one.Recognised})" : "";
            run.Line($"  {one.Code}\t{one.Text}{(one.Basis.Length > 0 ? $" [{one.Basis}]" : "")}{from}");
        }

        foreach (var match in answer.Matches)
        {
            run.Line($"  {match.ListCode}\t{match.ListingId}\t{match.State.In(run.Language)}\t{match.Role}\t{match.Until?.ToDateTimeOffset():yyyy-MM-dd'T'HH:mm:ss.fff'Z'}".TrimEnd());
        }

        run.Line($"  position {answer.Position}, as_of {answer.AsOf?.ToDateTimeOffset():yyyy-MM-dd'T'HH:mm:ss.fff'Z'}, check_id {answer.CheckId}");
    }

    /// <summary>A verdict in words.</summary>
    internal static Text Word(Verdict verdict) => verdict switch
    {
        Verdict.Clear => Say.Clear,
        Verdict.Favoured => Say.Favoured,
        Verdict.Caution => Say.Caution,
        Verdict.Restricted => Say.Restricted,
        _ => Say.Unclear,
    };

    private static string Json(SubjectLine line, CheckSubjectResponse answer) => JsonLine.Of(json =>
    {
        json.WriteNumber("line", line.Line);
        json.WriteString("number", NumberMask.Of(line.Id.Number));
        json.WriteString("verdict", ErrorLine.Screaming(answer.Verdict.ToString()));
        using var whole = JsonDocument.Parse(Invocation.Formatter.Format(answer));
        foreach (var property in whole.RootElement.EnumerateObject())
        {
            if (!property.NameEquals("verdict") && !property.NameEquals("position"))
            {
                property.WriteTo(json);
            }
        }

        json.WriteNumber("position", answer.Position);
    });
}
