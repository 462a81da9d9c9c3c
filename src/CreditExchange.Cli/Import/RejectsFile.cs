using CreditExchange.Ledger;
using System.Text.Encodings.Web;
using System.Text.Json;
using CreditExchange.Cli.Subjects;

namespace CreditExchange.Cli.Import;

/// <summary>
/// The rows that did not go in, one JSON object a line, readable by the owner alone. Numbers are masked, also where they
/// stand within another text.
/// </summary>
internal sealed class RejectsFile(string path) : IDisposable
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private FileStream? _file;

    public string Path { get; } = path;

    /// <summary>Whether a row was rejected, and so the file exists.</summary>
    public bool Exists => _file is not null;

    /// <summary>Adds a row; the first one creates the file anew.</summary>
    public void Add(long line, string field, string reason, string message, string number, string sourceRef)
    {
        _file ??= Create(Path);
        using (var json = new Utf8JsonWriter(_file, Plain))
        {
            json.WriteStartObject();
            json.WriteNumber("line", line);
            json.WriteString("field", field);
            json.WriteString("reason", reason);
            json.WriteString("message", NumberMask.Within(message, number));
            json.WriteString("number", NumberMask.Of(number));
            json.WriteString("source_ref", NumberMask.Within(sourceRef, number));
            json.WriteEndObject();
        }

        _file.WriteByte((byte)'\n');
    }

    public void Dispose() => _file?.Dispose();

    private static FileStream Create(string path)
    {
        // Deleted first: an old file keeps its mode.
        File.Delete(path);
        return PrivatePaths.Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 64 * 1024);
    }
}
