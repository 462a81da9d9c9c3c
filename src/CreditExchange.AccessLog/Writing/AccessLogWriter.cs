using System.Buffers;
using System.Diagnostics;
using CreditExchange.AccessLog.Segments;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace CreditExchange.AccessLog.Writing;

/// <summary>
/// Appends records. What is appended survives the process from then on, and a loss of power after the next sync. Each start
/// begins a segment, which goes on from the chain of the one before it. For all threads.
/// </summary>
public sealed class AccessLogWriter : IDisposable
{
    // A full disk is asked again at most this often.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock writing = new();
    private readonly Lock allocating = new();
    private readonly AccessLogOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly SegmentUpkeep upkeep;
    private MappedSegment? current;
    private SafeFileHandle? reserve;
    private byte[] chain;
    private int number;
    private long refusedAt;
    private long records;
    private long bytes;
    private bool isDisposed;

    private AccessLogWriter(AccessLogOptions options, TimeProvider time, ILogger logger, int number, byte[] chain)
    {
        this.options = options;
        this.time = time;
        this.logger = logger;
        this.number = number;
        this.chain = chain;
        upkeep = new SegmentUpkeep(options.SyncInterval, () => TryReserve(atOnce: false), logger);
    }

    /// <summary>Records appended since the start.</summary>
    public long Records => Volatile.Read(ref records);

    /// <summary>Bytes that they took.</summary>
    public long Bytes => Volatile.Read(ref bytes);

    /// <summary>Number of the segment that is written.</summary>
    public int Segment => Volatile.Read(ref number);

    /// <summary>Whether the room of the next segment is allocated.</summary>
    public bool HasReserve => Volatile.Read(ref reserve) is not null;

    /// <summary>
    /// Whether a call may be let in: there is a reserve, or enough left in the segment for the calls under way. Asks the disk
    /// for a reserve when there is none.
    /// </summary>
    public bool HasRoom => !upkeep.IsLost && (HasReserve || (Volatile.Read(ref current)?.Free ?? 0) > options.SegmentBytes / 8 || TryReserve(atOnce: false));

    /// <summary>Where the next record will stand: all before it are written.</summary>
    public RecordPlace End
    {
        get
        {
            lock (writing)
            {
                return new RecordPlace(options.Node, number, current?.End ?? 0);
            }
        }
    }

    /// <summary>Opens the log of a node and begins a segment. A disk without room doesn't hold up the start; appends do fail.</summary>
    /// <exception cref="IOException">The folder can't be used.</exception>
    public static AccessLogWriter Open(AccessLogOptions options, TimeProvider time, ILogger logger)
    {
        PrivatePaths.MakeFolder(options.Folder);
        var (last, chain) = SegmentTail.Close(options, logger);
        var writer = new AccessLogWriter(options, time, logger, last, chain);
        lock (writer.writing)
        {
            writer.RollOver();
        }

        writer.upkeep.Start();
        return writer;
    }

    /// <summary>Appends a record; its time is the log's.</summary>
    /// <returns>Its place, whose text is its name.</returns>
    /// <exception cref="AccessLogFullException">There is no room; nothing was written.</exception>
    public RecordPlace Append(AccessRecord record)
    {
        record.Time = null;
        var size = record.CalculateSize();
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            record.WriteTo(rented.AsSpan(0, size));
            return Append(rented.AsSpan(0, size), items: 1, out _);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Appends a record that was made as bytes.</summary>
    /// <returns>Its place, whose text is its name.</returns>
    /// <exception cref="AccessLogFullException">There is no room; nothing was written.</exception>
    public RecordPlace Append(in RecordBytes record) => Append(record.Written, items: 1, out _);

    /// <summary>Appends a record of several items (see <see cref="AccessRecord.Items"/>).</summary>
    /// <param name="record">The record.</param>
    /// <param name="items">How many.</param>
    /// <returns>Where its bytes begin in the file: the place of an item is that of its field.</returns>
    /// <exception cref="AccessLogFullException">There is no room; nothing was written.</exception>
    public RecordPlace AppendItems(in RecordBytes record, int items)
    {
        var place = Append(record.Written, items, out var fieldsAt);
        return place with { Offset = fieldsAt };
    }

    private RecordPlace Append(ReadOnlySpan<byte> fields, int items, out long fieldsAt)
    {
        lock (writing)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (upkeep.IsLost)
            {
                throw new AccessLogFullException();
            }

            // Under the lock, so that times in the log go forward as the clock does.
            var now = time.GetUtcNow();
            fieldsAt = 0;
            var offset = current?.TryAppend(fields, now, out fieldsAt) ?? -1;
            if (offset < 0)
            {
                offset = RollOver() ? current!.TryAppend(fields, now, out fieldsAt) : -1;
            }

            if (offset < 0)
            {
                throw new AccessLogFullException();
            }

            records += items;
            bytes += current!.End - offset;
            return new RecordPlace(options.Node, number, offset);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (writing)
        {
            if (isDisposed)
            {
                return;
            }

            isDisposed = true;
            upkeep.Dispose();
            current?.Seal();
            lock (allocating)
            {
                reserve?.Dispose();
                reserve = null;
            }
        }
    }

    private string ReservePath => SegmentFiles.ReserveOf(options.Folder, options.Node);

    // The file gets its name only with its header: a segment is never without.
    private bool RollOver()
    {
        if (!TryReserve(atOnce: current is null))
        {
            return false;
        }

        MappedSegment? opened = null;
        try
        {
            Traps.Reach("log.before-header");
            opened = new MappedSegment(reserve!, ReservePath);
            opened.Begin(options.Node, number + 1, time.GetUtcNow(), current is null ? chain : current.Chain);
            var path = SegmentFiles.PathOf(options.Folder, options.Node, number + 1);
            Traps.Reach("log.after-header");
            File.Move(ReservePath, path);
            Traps.Reach("log.after-name");
            opened.Path = path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            AccessLogLog.NoRoom(logger, error);
            opened?.Dispose();
            Volatile.Write(ref reserve, null);
            return false;
        }

        var finished = current;
        if (current is not null)
        {
            AccessLogLog.Sealed(logger, current.Path, Convert.ToHexStringLower(current.Chain));
        }

        // In this order: who looks for room in between sees the reserve or the new segment, never neither.
        Volatile.Write(ref current, opened);
        Volatile.Write(ref reserve, null);
        Volatile.Write(ref number, number + 1);
        Traps.Reach("log.after-roll");
        upkeep.Replace(finished, opened);
        return true;
    }

    private bool TryReserve(bool atOnce)
    {
        if (HasReserve)
        {
            return true;
        }

        lock (allocating)
        {
            if (HasReserve)
            {
                return true;
            }

            if (isDisposed || (!atOnce && refusedAt != 0 && Stopwatch.GetElapsedTime(refusedAt) < Pause))
            {
                return false;
            }

            try
            {
                Volatile.Write(ref reserve, RoomAllocation.Create(ReservePath, options.SegmentBytes));
                Traps.Reach("log.after-reserve");
                refusedAt = 0;
                return true;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                if (refusedAt == 0)
                {
                    AccessLogLog.NoRoom(logger, error);
                }

                refusedAt = Stopwatch.GetTimestamp();
                return false;
            }
        }
    }
}

internal static partial class AccessLogLog
{
    [LoggerMessage(7000, LogLevel.Error, "No room for the next segment of the access log; without it nothing is answered.", EventName = "AccessLogNoRoom")]
    public static partial void NoRoom(ILogger logger, Exception error);

    [LoggerMessage(7001, LogLevel.Information, "Access log segment '{Path}' is finished; its chain ends with {Chain}.", EventName = "AccessLogSealed")]
    public static partial void Sealed(ILogger logger, string path, string chain);

    [LoggerMessage(7002, LogLevel.Error, "Access log segment '{Path}' is damaged at {Offset}; it is left as it is.", EventName = "AccessLogDamaged")]
    public static partial void Damaged(ILogger logger, string path, long offset);

    [LoggerMessage(
        7003, LogLevel.Error, "The access log can't be handed to the disk; nothing is answered until it takes it again. Is it read-only?",
        EventName = "AccessLogSyncFailed")]
    public static partial void SyncFailed(ILogger logger, Exception error);

    [LoggerMessage(7004, LogLevel.Warning, "The access log is handed to the disk again.", EventName = "AccessLogSyncedAgain")]
    public static partial void SyncedAgain(ILogger logger);
}
