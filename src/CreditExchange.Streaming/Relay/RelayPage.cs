using System.Buffers.Text;
using System.Text;
using CreditExchange.Client.Streams;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;
using static CreditExchange.Streaming.Relay.RelayRecord;

namespace CreditExchange.Streaming.Relay;

/// <summary>
/// Records on their way, in one array of bytes that is used again for the next page: thousands of small objects that wait for their turn
/// are what garbage collections spent their time on. Filled by one thread, then read by another.
/// </summary>
/// <param name="most">Records that it takes.</param>
internal sealed class RelayPage(int most)
{
    // What a page of usual events needs; one of large ones isn't kept.
    private const int UsualSize = 1024 * 1024;
    private readonly RelayRecord[] records = new RelayRecord[most];
    private byte[] bytes = new byte[256 * 1024];
    private int used;
    private int count;

    /// <summary>The records, in order.</summary>
    public ReadOnlySpan<RelayRecord> Records => records.AsSpan(0, count);

    /// <summary>Position of the first.</summary>
    public long First => records[0].Position;

    /// <summary>Position of the last.</summary>
    public long Last => records[count - 1].Position;

    /// <summary>32 bytes.</summary>
    public ReadOnlySpan<byte> Commitment(in RelayRecord record) => bytes.AsSpan(record.At, CommitmentSize);

    /// <summary>The same in hex digits.</summary>
    public ReadOnlySpan<byte> CommitmentText(in RelayRecord record) => bytes.AsSpan(record.At + CommitmentSize, HexSize);

    /// <summary>The position in decimal digits.</summary>
    public ReadOnlySpan<byte> PositionText(in RelayRecord record) => bytes.AsSpan(record.At + CommitmentSize + HexSize, record.PositionSize);

    /// <summary>The key in the events' topic.</summary>
    public ReadOnlySpan<byte> Key(in RelayRecord record) => bytes.AsSpan(record.At + CommitmentSize + HexSize + record.PositionSize, record.KeySize);

    /// <summary>The key in the state's topic; empty: none.</summary>
    public ReadOnlySpan<byte> StateKey(in RelayRecord record) =>
        bytes.AsSpan(record.At + CommitmentSize + HexSize + record.PositionSize + record.KeySize, record.StateKeySize);

    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value(in RelayRecord record) =>
        bytes.AsSpan(record.At + CommitmentSize + HexSize + record.PositionSize + record.KeySize + record.StateKeySize, record.ValueSize);

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        (used, count) = (0, 0);
        if (bytes.Length > UsualSize)
        {
            bytes = new byte[UsualSize];
        }
    }

    /// <summary>Puts in the next one.</summary>
    /// <param name="stored">The event.</param>
    /// <param name="key">The key in the events' topic, ASCII.</param>
    /// <param name="listingId">The key in the state's topic, ASCII; empty: none.</param>
    /// <param name="value">What the audience may see.</param>
    /// <param name="isGone">Whether the state's record is a tombstone.</param>
    /// <param name="partitions">Of each topic.</param>
    public void Add(StoredEvent stored, ReadOnlySpan<char> key, string listingId, LedgerEvent value, bool isGone, int partitions)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(stored.Position, digits, out var length);
        var size = value.CalculateSize();
        var rest = Room(CommitmentSize + HexSize + length + key.Length + listingId.Length + size);
        var commitment = stored.Commitment;
        commitment.CopyTo(rest);
        Convert.TryToHexStringLower(commitment, rest.Slice(CommitmentSize, HexSize), out _);
        rest = rest[(CommitmentSize + HexSize)..];
        digits[..length].CopyTo(rest);
        var keys = rest[length..];
        Encoding.ASCII.GetBytes(key, keys);
        Encoding.ASCII.GetBytes(listingId, keys[key.Length..]);
        value.WriteTo(keys.Slice(key.Length + listingId.Length, size));
        records[count++] = new RelayRecord
        {
            Position = stored.Position,
            TimestampMs = stored.RecordedAt.ToUnixTimeMilliseconds(),
            Kind = EventKindNames.Of(stored.Kind),
            Partition = StreamPartition.Of(keys[..key.Length], partitions),
            StatePartition = listingId.Length > 0 ? StreamPartition.Of(keys.Slice(key.Length, listingId.Length), partitions) : 0,
            At = used,
            PositionSize = length,
            KeySize = key.Length,
            StateKeySize = listingId.Length,
            ValueSize = size,
            IsGone = isGone,
            HasContent = value.BodyCase is LedgerEvent.BodyOneofCase.Listing or LedgerEvent.BodyOneofCase.SealedListing,
        };
        used += CommitmentSize + HexSize + length + key.Length + listingId.Length + size;
    }

    /// <summary>The listings of which content leaves with it.</summary>
    public List<string> ListingsWithContent()
    {
        var listings = new List<string>(count);
        foreach (ref readonly var record in Records)
        {
            if (record.HasContent)
            {
                listings.Add(Encoding.ASCII.GetString(StateKey(record)));
            }
        }

        return listings;
    }

    private Span<byte> Room(int size)
    {
        if (bytes.Length - used < size)
        {
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, used + size));
        }

        return bytes.AsSpan(used, size);
    }
}
