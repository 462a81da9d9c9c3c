using System.CommandLine;
using System.Text.Json;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Personas;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.Client;
using CreditExchange.Domain.Samples;
using CreditExchange.V1;
using Known = CreditExchange.Domain.Samples.Personas;

namespace CreditExchange.Cli.Commands;

/// <summary>cx personas. Their numbers are made up and nobody's, so here, and only here, cx prints numbers in full.</summary>
internal static class PersonasCommand
{
    public static Command Build(Invocation run)
    {
        var load = new Command("load", Say.PersonasLoad.In(run.Language));
        load.SetAction((_, cancel) => LoadAsync(run, cancel));
        var command = new Command("personas", Say.Personas.In(run.Language)) { load };
        command.SetAction(_ => Show(run));
        return command;
    }

    /// <summary>A document as `cx check` reads it.</summary>
    internal static string Line(PersonaId id)
    {
        var kind = ErrorLine.Screaming(id.Id.Kind.ToString()).ToLowerInvariant();
        return $"{kind}{(id.Id.Issuer.Length > 0 ? "@" + id.Id.Issuer : "")}:{id.Id.Number},{id.Name}";
    }

    private static int Show(Invocation run)
    {
        var table = new TextTable(
            run, [Say.HeadCode, Say.HeadName, Say.HeadSubject, .. Known.Matters.Select(m => new Text(m, m)), Say.HeadShows]);
        foreach (var persona in Known.All)
        {
            if (run.Json)
            {
                run.Line(Json(persona));
                continue;
            }

            foreach (var id in persona.Ids)
            {
                table.Row(
                [
                    persona.Name, run.Of(persona.Title), Line(id),
                    .. Known.Matters.Select(m => Word(run, id.Expected[m])), run.Of(persona.Shows),
                ]);
            }
        }

        table.Write();
        return ExitCode.Done;
    }

    private static async Task<int> LoadAsync(Invocation run, CancellationToken cancel)
    {
        var channels = new Dictionary<string, CreditExchangeChannel>(StringComparer.Ordinal);
        var table = new TextTable(run, Say.HeadCode, Say.HeadName, Say.HeadList, Say.HeadState);
        try
        {
            foreach (var persona in Known.All)
            {
                var outcomes = new List<PersonaOutcome>();
                foreach (var step in persona.Steps)
                {
                    if (!channels.TryGetValue(step.Agency, out var channel))
                    {
                        channels.Add(step.Agency, channel = run.Connect(step.Agency));
                    }

                    outcomes.Add(await PersonaLoader.RunAsync(channel, step, cancel));
                }

                if (run.Json)
                {
                    run.Line(Json(persona, outcomes));
                }
                else
                {
                    // The last word on a listing is its state; a refusal is a persona's point.
                    var made = outcomes.FindLast(o => o.Listing is not null).Listing;
                    var refused = outcomes.Find(o => o.Refused.Length > 0).Refused ?? "";
                    table.Row(
                        persona.Name, run.Of(persona.Title), made?.ListCode ?? "",
                        refused.Length > 0 ? refused : made?.State.In(run.Language) ?? "");
                }
            }
        }
        finally
        {
            foreach (var channel in channels.Values)
            {
                channel.Dispose();
            }
        }

        table.Write();
        return ExitCode.Done;
    }

    private static string Word(Invocation run, PersonaVerdict expected) =>
        string.Join(' ', [CheckCommand.Word(expected.Verdict).In(run.Language), .. expected.Consequences]);

    private static string Json(Persona persona) => JsonLine.Of(json =>
    {
        json.WriteString("name", persona.Name);
        Texts(json, "title", persona.Title);
        Texts(json, "shows", persona.Shows);
        json.WriteStartArray("ids");
        foreach (var id in persona.Ids)
        {
            json.WriteStartObject();
            json.WritePropertyName("subject");
            json.WriteRawValue(Invocation.Formatter.Format(id.Id));
            json.WriteString("subject_name", id.Name);
            Texts(json, "who", id.Who);
            json.WriteString("line", Line(id));
            Verdicts(json, "expected", id.Expected);
            Verdicts(json, "expected_without_name", id.ExpectedWithoutName);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Json(Persona persona, List<PersonaOutcome> outcomes) => JsonLine.Of(json =>
    {
        json.WriteString("name", persona.Name);
        json.WriteStartArray("steps");
        foreach (var outcome in outcomes)
        {
            json.WriteStartObject();
            json.WriteString("listing_id", outcome.Listing?.ListingId ?? "");
            json.WriteString("list_code", outcome.Listing?.ListCode ?? "");
            json.WriteString("state", outcome.Listing is { } listing ? ErrorLine.Screaming(listing.State.ToString()) : "");
            json.WriteString("refused", outcome.Refused);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void Texts(Utf8JsonWriter json, string name, LocalizedText text)
    {
        json.WriteStartObject(name);
        json.WriteString("zh", text.Zh);
        json.WriteString("en", text.En);
        json.WriteEndObject();
    }

    private static void Verdicts(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, PersonaVerdict> verdicts)
    {
        json.WriteStartObject(name);
        foreach (var (matter, expected) in verdicts)
        {
            json.WriteStartObject(matter);
            json.WriteString("verdict", ErrorLine.Screaming(expected.Verdict.ToString()));
            json.WriteStartArray("consequences");
            foreach (var consequence in expected.Consequences)
            {
                json.WriteStringValue(consequence);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
