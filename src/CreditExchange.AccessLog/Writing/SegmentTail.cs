using CreditExchange.AccessLog.Reading;
using CreditExchange.AccessLog.Segments;
using CreditExchange.Ledger;
using Microsoft.Extensions.Logging;

namespace CreditExchange.AccessLog.Writing;

/// <summary>Finds where a node's chain stands, and finishes the segment that a killed process left.</summary>
internal static class SegmentTail
{
    /// <summary>Number and chain of the node's last segment; 0 and zeros where there is none.</summary>
    public static (int Number, byte[] Chain) Close(AccessLogOptions options, ILogger logger)
    {
        var (_, number, path) = SegmentFiles.List(options.Folder).LastOrDefault(s => s.Node == options.Node);
        if (path is null)
        {
            return (0, new byte[Framing.HashBytes]);
        }

        byte[] chain;
        long end;
        using (var reader = new SegmentReader(path))
        {
            while (reader.TryRead(out _, out _))
            {
            }

            (chain, end) = (reader.Chain.ToArray(), reader.Offset);
            if (reader.IsDamaged)
            {
                // Nothing of it is cut off: what it was may still be found out. Verification tells it from now on.
                AccessLogLog.Damaged(logger, path, end);
                return (number, chain);
            }
        }

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        if (RandomAccess.GetLength(file) > end)
        {
            // Behind the end stands nothing, or the beginning of a record that was never finished.
            Traps.Reach("log.before-tail-cut");
            RandomAccess.SetLength(file, end);
            Traps.Reach("log.after-tail-cut");
        }

        return (number, chain);
    }
}
