using System.Buffers;
using System.Globalization;

namespace CreditExchange.AccessLog.Segments;

/// <summary>Where a record stands: its node, segment and offset. Its text is the record's name, the check_id of a check.</summary>
/// <param name="Node">The node that wrote it.</param>
/// <param name="Segment">From 1.</param>
/// <param name="Offset">Of the record in its file, in bytes.</param>
public readonly record struct RecordPlace(string Node, int Segment, long Offset)
{
    private static readonly SearchValues<char> NodeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789");

    /// <summary>Longest name of a node.</summary>
    public const int LongestNode = 31;

    /// <summary>Whether a text can name a node: 1 to 31 of a-z, 0-9.</summary>
    public static bool IsNode(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= LongestNode && !text.ContainsAnyExcept(NodeCharacters);

    /// <summary>Reads a name.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out RecordPlace place)
    {
        place = default;
        var first = text.IndexOf('-');
        if (first < 0 || text.Length != first + 18 || text[first + 9] != '-' || !IsNode(text[..first])
            || !int.TryParse(text.Slice(first + 1, 8), NumberStyles.None, CultureInfo.InvariantCulture, out var segment)
            || !int.TryParse(text[(first + 10)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var offset))
        {
            return false;
        }

        place = new RecordPlace(text[..first].ToString(), segment, offset);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(Node.Length + 18, this, static (text, place) =>
    {
        place.Node.CopyTo(text);
        text = text[place.Node.Length..];
        text[0] = '-';
        text[9] = '-';
        var (segment, offset) = (place.Segment, place.Offset);
        for (var i = 8; i > 0; i--)
        {
            text[i] = (char)('0' + (segment % 10));
            segment /= 10;
            text[i + 9] = "0123456789abcdef"[(int)(offset & 15)];
            offset >>= 4;
        }
    });
}
