using System.Text;

namespace CreditExchange.Cli.Import;

/// <summary>How a record ended.</summary>
internal enum CsvOutcome
{
    /// <summary>No more records.</summary>
    End,

    /// <summary>A record.</summary>
    Record,

    /// <summary>A record with a quote out of place: its fields are not to be trusted.</summary>
    BadQuote,

    /// <summary>A record longer than the limit; reading can't go on.</summary>
    TooLong,
}

/// <summary>
/// Reads RFC 4180: comma, quotes doubled within quotes, CRLF or LF, line ends within quotes. Memory is bounded by the
/// longest record allowed.
/// </summary>
internal sealed class CsvReader(TextReader reader, int longestRecord = 1024 * 1024)
{
    private readonly char[] _buffer = new char[64 * 1024];
    private readonly StringBuilder _field = new();
    private int _at;
    private int _length;
    private long _nextLine = 1;

    /// <summary>Line on which the last record began, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Reads the next record; empty lines are passed over.</summary>
    /// <param name="fields">Cleared and filled.</param>
    public CsvOutcome Read(List<string> fields)
    {
        while (true)
        {
            fields.Clear();
            Line = _nextLine;
            var outcome = ReadRecord(fields);
            if (outcome != CsvOutcome.Record || fields.Count > 1 || fields[0].Length > 0)
            {
                return outcome;
            }
        }
    }

    private CsvOutcome ReadRecord(List<string> fields)
    {
        _field.Clear();
        var first = Peek();
        if (first < 0)
        {
            return CsvOutcome.End;
        }

        var good = true;
        var length = 0;
        while (true)
        {
            var quoted = Peek() == '"';
            if (quoted)
            {
                Take();
                if (!ReadQuoted(ref length))
                {
                    return length > longestRecord ? CsvOutcome.TooLong : CsvOutcome.BadQuote;
                }
            }

            while (true)
            {
                var c = Take();
                if (c is ',' or '\n' or < 0 || (c == '\r' && Peek() is '\n' or < 0))
                {
                    fields.Add(_field.ToString());
                    _field.Clear();
                    if (c == ',')
                    {
                        break;
                    }

                    if (c == '\r' && Peek() == '\n')
                    {
                        Take();
                    }

                    _nextLine++;
                    return good ? CsvOutcome.Record : CsvOutcome.BadQuote;
                }

                // A quote may only open a field, and nothing may follow the one that closes it.
                good &= c != '"' && !quoted;
                _field.Append((char)c);
                if (++length > longestRecord)
                {
                    return CsvOutcome.TooLong;
                }
            }
        }
    }

    private bool ReadQuoted(ref int length)
    {
        while (true)
        {
            var c = Take();
            if (c < 0 || ++length > longestRecord)
            {
                return false;
            }

            if (c == '"')
            {
                if (Peek() != '"')
                {
                    return true;
                }

                Take();
            }
            else if (c == '\n')
            {
                _nextLine++;
            }

            _field.Append((char)c);
        }
    }

    private int Peek() => Fill() ? _buffer[_at] : -1;

    private int Take() => Fill() ? _buffer[_at++] : -1;

    private bool Fill()
    {
        if (_at < _length)
        {
            return true;
        }

        _at = 0;
        _length = reader.Read(_buffer, 0, _buffer.Length);
        return _length > 0;
    }
}
