using System.Text;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Import;

/// <summary>A file of rows, known to be UTF-8, that can be read as often as needed.</summary>
internal sealed class ImportFile : IDisposable
{
    private readonly FileStream _file;
    private readonly bool _csv;
    private readonly string _list;
    private readonly Language _language;

    /// <exception cref="CliError">The file can't be read, or is not UTF-8.</exception>
    public ImportFile(string path, string list, string? format, Language language)
    {
        (_csv, _list, _language) = (IsCsv(path, format), list, language);
        try
        {
            _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 256 * 1024, FileOptions.SequentialScan);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliError.File(language, path);
        }

        try
        {
            Utf8Text.Check(_file, language);
        }
        catch (CliError)
        {
            _file.Dispose();
            throw;
        }
    }

    public long Position => _file.Position;

    public long Length => _file.Length;

    /// <summary>Whether the last row ends with a line end; one that was cut off doesn't.</summary>
    public bool EndsWithLine
    {
        get
        {
            if (_file.Length == 0)
            {
                return true;
            }

            _file.Position = _file.Length - 1;
            return _file.ReadByte() == '\n';
        }
    }

    /// <summary>The rows from the first one on. One reading at a time.</summary>
    /// <exception cref="CliError">The header is not known, or a record is too long.</exception>
    public IEnumerable<SourceRow> Rows()
    {
        _file.Position = 0;
        using var text = new StreamReader(_file, new UTF8Encoding(false, true), false, 64 * 1024, leaveOpen: true);
        foreach (var row in _csv ? CsvSource.Read(text, _list, _language) : NdjsonSource.Read(text, _list, _language))
        {
            yield return row;
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Whether a file counts as CSV: as stated, else by its extension.</summary>
    public static bool IsCsv(string path, string? format) =>
        format is null ? path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) : format == "csv";
}
