using System.Globalization;

namespace CreditExchange.AccessLog.Segments;

/// <summary>The files of a log: NODE-NNNNNNNN.log, and NODE.reserve, the room of the next one.</summary>
internal static class SegmentFiles
{
    public static string PathOf(string folder, string node, int number) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{node}-{number:d8}.log"));

    public static string ReserveOf(string folder, string node) => Path.Combine(folder, node + ".reserve");

    /// <summary>All segments by node and number; a node's first segment decides where its segments stand among others'.</summary>
    public static IReadOnlyList<(string Node, int Number, string Path)> List(string folder)
    {
        var found = new List<(string Node, int Number, string Path)>();
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.log") : [])
        {
            var name = Path.GetFileNameWithoutExtension(path.AsSpan());
            var dash = name.LastIndexOf('-');
            if (dash > 0 && RecordPlace.IsNode(name[..dash])
                && int.TryParse(name[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                found.Add((name[..dash].ToString(), number, path));
            }
        }

        var begins = found.GroupBy(s => s.Node).ToDictionary(g => g.Key, g => OpenedAt(g.MinBy(s => s.Number).Path), StringComparer.Ordinal);
        return [.. found.OrderBy(s => begins[s.Node]).ThenBy(s => s.Node, StringComparer.Ordinal).ThenBy(s => s.Number)];
    }

    /// <summary>When a segment was begun; the least time where its header is damaged.</summary>
    public static DateTimeOffset OpenedAt(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Span<byte> header = stackalloc byte[SegmentHeader.Length];
        return RandomAccess.Read(file, header, 0) == header.Length && SegmentHeader.TryRead(header) is { } read
            ? read.OpenedAt
            : DateTimeOffset.MinValue;
    }

    /// <summary>Of each node the segments from the one that was being written at a time, newest first: years of older ones aren't opened.</summary>
    public static List<(string Node, int Number, string Path)> Since(string folder, DateTimeOffset since)
    {
        var found = new List<(string Node, int Number, string Path)>();
        foreach (var node in List(folder).GroupBy(s => s.Node))
        {
            foreach (var segment in node.OrderByDescending(s => s.Number))
            {
                found.Add(segment);
                if (OpenedAt(segment.Path) is var opened && opened > DateTimeOffset.MinValue && opened < since)
                {
                    break;
                }
            }
        }

        return found;
    }
}
