using System.Collections.Concurrent;
using CreditExchange.AccessLog.Segments;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.AccessLog.Reading;

/// <summary>
/// Reads a part of a log without reading all of it. The index of a finished segment is made when it is first asked for and kept
/// under index/ in the log's folder, where it may be deleted at any time; that of the segment that is written stays in memory.
/// For all threads.
/// </summary>
/// <param name="folder">The log's folder.</param>
public sealed class AccessLogIndex(string folder)
{
    private readonly ConcurrentDictionary<(string Node, int Number), SegmentIndex> open = new();
    private long bytesRead;

    /// <summary>Bytes of segments and kept indexes that were read so far.</summary>
    public long BytesRead => Volatile.Read(ref bytesRead);

    /// <summary>The records that may be wanted, oldest first; who asks takes from them what he wants.</summary>
    /// <param name="wish">What is wanted.</param>
    /// <param name="end">The writer's end at the moment that counts; null: everything there is.</param>
    /// <param name="damaged">Told the places, of what was read, where something isn't a record or fails its proof.</param>
    public IEnumerable<AccessEntry> Read(AccessLogWish wish, RecordPlace? end = null, Action<RecordPlace>? damaged = null)
    {
        var segments = SegmentFiles.List(folder);
        for (var i = 0; i < segments.Count; i++)
        {
            var (node, number, path) = segments[i];
            if (end is { } last && node == last.Node && number > last.Segment)
            {
                continue;
            }

            var isFinished = i + 1 < segments.Count && segments[i + 1].Node == node;
            var stop = end is { } at && node == at.Node && number == at.Segment ? at.Offset : long.MaxValue;
            foreach (var entry in ReadSegment(node, number, path, isFinished, wish, stop, damaged))
            {
                yield return entry;
            }
        }
    }

    /// <summary>The record at a place; null where there is none.</summary>
    public AccessEntry? Find(RecordPlace place)
    {
        var path = SegmentFiles.PathOf(folder, place.Node, place.Segment);
        if (!File.Exists(path))
        {
            return null;
        }

        using var segment = new SegmentReader(path, SegmentIndex.Stretch);
        if (segment.Header is not { } header)
        {
            return null;
        }

        var isFinished = File.Exists(SegmentFiles.PathOf(folder, place.Node, place.Segment + 1));
        var index = IndexOf(place.Node, place.Segment, segment, header, isFinished);
        AccessEntry? found = null;

        // A record begins where the chain, from the index's last place before it, says that one does.
        if (Before(index, place.Offset) is { } begin)
        {
            segment.Start(begin.Offset, begin.Chain);
            while (found is null && segment.TryRead(out var bytes, out var offset) && offset <= place.Offset)
            {
                found = segment.Offset > place.Offset ? StoredRecord.Read(place with { Offset = offset }, bytes).FirstOrDefault(e => e.Place == place) : null;
            }
        }

        Count(segment.BytesRead);
        return found;
    }

    private static (long Offset, byte[] Chain)? Before(SegmentIndex index, long offset)
    {
        lock (index)
        {
            return offset < index.End && index.Find(offset) is >= 0 and var stretch ? index.Start(stretch) : null;
        }
    }

    private IEnumerable<AccessEntry> ReadSegment(
        string node, int number, string path, bool isFinished, AccessLogWish wish, long stop, Action<RecordPlace>? damaged)
    {
        using var segment = new SegmentReader(path, wish.IsAll ? SegmentReader.BufferBytes : SegmentIndex.Stretch);
        var stretches = Stretches(node, number, segment, isFinished, wish);
        foreach (var (start, chain, end) in stretches)
        {
            if (chain.Length > 0)
            {
                segment.Start(start, chain);
            }

            while (segment.Offset < Math.Min(end, stop) && segment.TryRead(out var bytes, out var offset))
            {
                foreach (var entry in StoredRecord.Read(new RecordPlace(node, number, offset), bytes))
                {
                    yield return entry;
                }
            }

            if (segment.IsDamaged)
            {
                damaged?.Invoke(new RecordPlace(node, number, segment.Offset));
                break;
            }
        }

        Count(segment.BytesRead);
    }

    // What of a segment to read: neighbours together, and everything where no index can tell.
    private List<(long Start, byte[] Chain, long End)> Stretches(
        string node, int number, SegmentReader segment, bool isFinished, AccessLogWish wish)
    {
        List<(long, byte[], long)> whole = [(0, [], long.MaxValue)];
        if (wish.IsAll || segment.Header is not { } header)
        {
            return whole;
        }

        if (isFinished && SaysNothing(node, number, header, wish))
        {
            return [];
        }

        var index = IndexOf(node, number, segment, header, isFinished);
        if (index.IsDamaged)
        {
            segment.Start(SegmentHeader.Length, header.Chain);
            return whole;
        }

        lock (index)
        {
            return Stretches(index, wish);
        }
    }

    private static List<(long Start, byte[] Chain, long End)> Stretches(SegmentIndex index, AccessLogWish wish)
    {
        List<(long Start, byte[] Chain, long End)> found = [];
        for (var i = 0; i < index.Count; i++)
        {
            if (!index.MayHold(i, wish))
            {
                continue;
            }

            var (start, chain) = index.Start(i);
            if (found.Count > 0 && found[^1].End == start)
            {
                found[^1] = found[^1] with { End = index.EndOf(i) };
            }
            else
            {
                found.Add((start, chain, index.EndOf(i)));
            }
        }

        return found;
    }

    private SegmentIndex IndexOf(string node, int number, SegmentReader segment, SegmentHeader header, bool isFinished)
    {
        var kept = PathOf(node, number);
        if (isFinished && ReadKept(kept) is { } bytes && SegmentIndex.TryRead(bytes, header) is { } read)
        {
            return read;
        }

        var index = open.GetOrAdd((node, number), _ => new SegmentIndex(header));
        if (!index.Begin.AsSpan().SequenceEqual(header.Chain))
        {
            // The folder was exchanged under the running program.
            index = open[(node, number)] = new SegmentIndex(header);
        }

        lock (index)
        {
            index.Extend(segment);
            if (isFinished && !index.IsDamaged && Keep(kept, index))
            {
                open.TryRemove((node, number), out _);
            }
        }

        return index;
    }

    private bool SaysNothing(string node, int number, SegmentHeader header, AccessLogWish wish)
    {
        try
        {
            using var file = File.OpenHandle(PathOf(node, number));
            Span<byte> head = stackalloc byte[SegmentIndex.HeadBytes];
            var read = RandomAccess.Read(file, head, 0);
            Count(read);
            return SegmentIndex.SaysNothingOf(head[..read], header, wish);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private byte[]? ReadKept(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            Count(bytes.Length);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Where it can't be kept it stays in memory: reading must not hang on room to write.
    private static bool Keep(string path, SegmentIndex index)
    {
        var temporary = $"{path}.{Environment.CurrentManagedThreadId}.tmp";
        try
        {
            PrivatePaths.MakeFolder(Path.GetDirectoryName(path)!);
            using (var file = PrivatePaths.Open(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                file.Write(index.Write());
            }

            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            try
            {
                File.Delete(temporary);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                return false;
            }

            return false;
        }
    }

    private string PathOf(string node, int number) => Path.Combine(folder, "index", Path.GetFileName(SegmentFiles.PathOf(folder, node, number)) + ".index");

    private void Count(long bytes) => Interlocked.Add(ref bytesRead, bytes);
}
