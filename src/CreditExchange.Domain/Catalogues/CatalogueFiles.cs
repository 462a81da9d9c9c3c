using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Catalogues;

/// <summary>Reads catalogues from files: each is a partial <see cref="Catalogue"/> in Protobuf's JSON form.</summary>
public static class CatalogueFiles
{
    private const string Prefix = "catalogue/";

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(false));

    /// <summary>
    /// Merges files into one catalogue, in the order given: rows are appended, and the last edition named counts.
    /// Checks the form only; <see cref="CatalogueLint"/> checks what the rows say.
    /// </summary>
    /// <exception cref="FormatException">
    /// A file is not JSON, or has an unknown field or enum value; the message begins with its name.
    /// </exception>
    public static Catalogue Parse(IEnumerable<(string Name, string Json)> files)
    {
        var merged = new Catalogue();
        foreach (var (name, json) in files)
        {
            try
            {
                merged.MergeFrom(Parser.Parse<Catalogue>(json));
            }
            catch (IOException fault)
            {
                // The base of both of the parser's exceptions: bad JSON, and JSON that isn't a catalogue.
                throw new FormatException($"{name}: {fault.Message}", fault);
            }
        }

        return merged;
    }

    /// <summary>
    /// The catalogue that the hub ships with: the embedded files in the ordinal order of their names, so that its bytes
    /// and its digest are the same on every machine.
    /// </summary>
    public static Catalogue Shipped() => Parse(ShippedFiles());

    /// <summary>Names and texts of the embedded files, in the ordinal order of their names.</summary>
    public static IReadOnlyList<(string Name, string Json)> ShippedFiles()
    {
        var assembly = typeof(CatalogueFiles).Assembly;
        var names = Array.FindAll(
            assembly.GetManifestResourceNames(), n => n.StartsWith(Prefix, StringComparison.Ordinal));
        Array.Sort(names, StringComparer.Ordinal);
        return Array.ConvertAll(names, name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return (name[Prefix.Length..], reader.ReadToEnd());
        });
    }
}
