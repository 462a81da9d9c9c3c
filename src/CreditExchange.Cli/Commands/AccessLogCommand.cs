using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Subjects;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Cli.Commands;

/// <summary>cx access-log. A subject comes from a file or standard input, never from the command line, where others see it.</summary>
internal static class AccessLogCommand
{
    private const string DefaultAgency = "auditor";

    public static Command Build(Invocation run)
    {
        var language = run.Language;
        var from = new Option<DateTimeOffset?>("--from") { Description = Say.LogFrom.In(language), HelpName = "TIME", CustomParser = Time };
        var until = new Option<DateTimeOffset?>("--until") { Description = Say.LogUntil.In(language), HelpName = "TIME", CustomParser = Time };
        var agency = Text("--agency", Say.LogAgency.In(language), "AGENCY");
        var matter = Text("--matter", Say.LogMatter.In(language), "CODE");
        var method = Text("--method", Say.LogMethod.In(language), "METHOD");
        var checkId = Text("--check-id", Say.LogCheckId.In(language), "ID");
        var requestId = Text("--request-id", Say.LogRequestId.In(language), "ID");
        var listing = Text("--listing", Say.LogListing.In(language), "ID");
        var subject = Text("--subject-file", Say.LogSubject.In(language), "FILE");
        var command = new Command("access-log", Say.AccessLog.In(language))
        {
            from, until, agency, matter, method, checkId, requestId, listing, subject,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var request = new ReadAccessLogRequest
            {
                From = Stamp(parsed.GetValue(from)),
                Until = Stamp(parsed.GetValue(until)),
                AgencyId = parsed.GetValue(agency) ?? "",
                Matter = parsed.GetValue(matter) ?? "",
                Method = parsed.GetValue(method) ?? "",
                CheckId = parsed.GetValue(checkId) ?? "",
                RequestId = parsed.GetValue(requestId) ?? "",
                ListingId = parsed.GetValue(listing) ?? "",
            };
            if (parsed.GetValue(subject) is { } file)
            {
                request.Subject = await SubjectAsync(run, file, cancel);
            }

            return await RunAsync(run, request, cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(Invocation run, ReadAccessLogRequest request, CancellationToken cancel)
    {
        using var channel = run.Connect(DefaultAgency);
        using var reading = channel.AccessLog.ReadAccessLog(request, cancellationToken: cancel);
        while (await reading.ResponseStream.MoveNext(cancel))
        {
            Show(run, reading.ResponseStream.Current);
        }

        return ExitCode.Done;
    }

    private static async Task<SubjectId> SubjectAsync(Invocation run, string path, CancellationToken cancel)
    {
        using var text = path == "-"
            ? new StreamReader(run.Terminal.Input(), new UTF8Encoding(false, true))
            : new StringReader(run.ReadFile(path)) as TextReader;
        for (var number = 1L; await text.ReadLineAsync(cancel) is { } line; number++)
        {
            if (SubjectLine.Parse(line, number) is { } parsed)
            {
                return parsed.Id;
            }
        }

        throw new CliError(ExitCode.Usage, "NO_INPUT", Say.NoInput.In(run.Language), Say.LogSubjectNext.In(run.Language));
    }

    private static void Show(Invocation run, ReadAccessLogResponse entry)
    {
        if (run.Json)
        {
            run.Line(JsonLine.Of(json =>
            {
                json.WriteString("check_id", entry.CheckId);
                using var whole = JsonDocument.Parse(Invocation.Formatter.Format(entry.Record));
                foreach (var property in whole.RootElement.EnumerateObject())
                {
                    property.WriteTo(json);
                }
            }));
            return;
        }

        var record = entry.Record;
        var outcome = record.Reason.Length > 0 ? record.Reason
            : record.Code != 0 ? ((StatusCode)record.Code).ToString()
            : record.Verdict != Verdict.Unspecified ? ErrorLine.Screaming(record.Verdict.ToString()) : "OK";
        run.Line(string.Join(
            '\t',
            entry.CheckId,
            $"{record.Time?.ToDateTimeOffset():yyyy-MM-dd'T'HH:mm:ss.fff'Z'}",
            Dash(record.AgencyId),
            Dash(record.Method),
            outcome,
            Dash(record.Matter),
            Dash(record.Purpose),
            Invocation.Number(record.Position),
            Dash(string.Join(' ', record.ListingIds)),
            record.RequestId));
    }

    private static string Dash(string text) => text.Length == 0 ? "-" : text;

    private static Timestamp? Stamp(DateTimeOffset? time) => time is { } at ? Timestamp.FromDateTimeOffset(at) : null;

    // A time with its zone, so that nobody searches eight hours beside.
    private static DateTimeOffset? Time(System.CommandLine.Parsing.ArgumentResult result)
    {
        string[] forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];
        var text = result.Tokens[0].Value;
        var hasZone = text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > 10;
        if (hasZone && DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return time;
        }

        result.AddError("time");
        return null;
    }

    private static Option<string?> Text(string name, string description, string help) => new(name) { Description = description, HelpName = help };
}
