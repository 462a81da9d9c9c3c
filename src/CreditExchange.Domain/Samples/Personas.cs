using System.Text.Json;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CreditExchange.Domain.Samples;

/// <summary>The personas of personas.json: one file for `cx personas`, the documents, the samples and the tests.</summary>
public static class Personas
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(false));

    static Personas()
    {
        using var stream = typeof(Personas).Assembly.GetManifestResourceStream("samples/personas.json")
            ?? throw new InvalidOperationException("The resource samples/personas.json is missing.");
        using var file = JsonDocument.Parse(stream);
        Matters = [.. file.RootElement.GetProperty("matters").EnumerateArray().Select(m => m.GetString()!)];
        All = [.. file.RootElement.GetProperty("personas").EnumerateArray().Select(ReadPersona)];
    }

    /// <summary>Catalogue codes of the matters that every persona has an expected answer for.</summary>
    public static IReadOnlyList<string> Matters { get; }

    /// <summary>All of them, in the order in which the documents tell them. Shared: not to be changed.</summary>
    public static IReadOnlyList<Persona> All { get; }

    /// <summary>One by its name.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static Persona Of(string name) => All.First(p => p.Name == name);

    private static Persona ReadPersona(JsonElement row) => new(
        row.GetProperty("name").GetString()!,
        Message<LocalizedText>(row.GetProperty("title")),
        Message<LocalizedText>(row.GetProperty("shows")),
        [.. row.GetProperty("ids").EnumerateArray().Select(ReadId)],
        [.. row.GetProperty("steps").EnumerateArray().Select(ReadStep)]);

    private static PersonaId ReadId(JsonElement row)
    {
        var expected = ReadVerdicts(row.GetProperty("expect"));
        return new PersonaId(
            Message<SubjectId>(row.GetProperty("id")),
            row.GetProperty("name").GetString()!,
            Message<LocalizedText>(row.GetProperty("who")),
            expected,
            row.TryGetProperty("expect_without_name", out var unnamed) ? ReadVerdicts(unnamed) : expected);
    }

    private static Dictionary<string, PersonaVerdict> ReadVerdicts(JsonElement rows)
    {
        var verdicts = new Dictionary<string, PersonaVerdict>(StringComparer.Ordinal);
        foreach (var row in rows.EnumerateObject())
        {
            // The JSON form of an answer with the two fields that matter here.
            var answer = Parser.Parse<CheckSubjectResponse>($$"""{"verdict": {{row.Value.GetProperty("verdict").GetRawText()}}}""");
            string[] consequences = row.Value.TryGetProperty("consequences", out var codes)
                ? [.. codes.EnumerateArray().Select(c => c.GetString()!)]
                : [];
            verdicts.Add(row.Name, new PersonaVerdict(answer.Verdict, consequences));
        }

        return verdicts;
    }

    private static PersonaStep ReadStep(JsonElement row)
    {
        var refused = row.TryGetProperty("refused", out var reason) ? reason.GetString()! : "";
        foreach (var (verb, request) in (ReadOnlySpan<(string, MessageDescriptor)>)
            [
                ("publish", PublishListingRequest.Descriptor), ("suspend", SuspendListingRequest.Descriptor),
                ("end", EndListingRequest.Descriptor), ("link", LinkSubjectsRequest.Descriptor),
            ])
        {
            if (row.TryGetProperty(verb, out var content))
            {
                return new PersonaStep(row.GetProperty("as").GetString()!, Parser.Parse(content.GetRawText(), request), refused);
            }
        }

        throw new InvalidOperationException("A step of personas.json is no write that is known.");
    }

    private static T Message<T>(JsonElement row)
        where T : IMessage<T>, new() => Parser.Parse<T>(row.GetRawText());
}
