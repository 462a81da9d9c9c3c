using CreditExchange.V1;

namespace CreditExchange.Lookup.Index;

/// <summary>The listings themselves: state and position of the newest event, in eight bytes each, by the ledger's number.</summary>
internal sealed class EntityTable
{
    private const int PositionBits = 48;
    private const long LastPosition = (1L << PositionBits) - 1;
    private readonly Chunks<ulong> rows = new();

    /// <summary>Number of listings.</summary>
    public int Count { get; private set; }

    /// <summary>The largest number of a listing so far.</summary>
    public uint Last { get; private set; }

    /// <summary>Finds a listing.</summary>
    public bool TryGet(long entity, out ListingState state, out long position)
    {
        var found = entity is > 0 and <= uint.MaxValue && rows.TryRead((uint)entity, out var row) ? row : 0;
        state = (ListingState)(found >> PositionBits);
        position = (long)(found & (ulong)LastPosition);
        return found != 0;
    }

    public void Set(uint entity, ListingState state, long position)
    {
        if (position is <= 0 or > LastPosition)
        {
            throw new InvalidOperationException($"Position {position} is beyond what the index can name.");
        }

        ref var row = ref rows.Ensure(entity);
        Count += row == 0 ? 1 : 0;
        Last = Math.Max(Last, entity);
        row = ((ulong)state << PositionBits) | (ulong)position;
    }

    public void Remove(uint entity)
    {
        if (rows.TryRead(entity, out var row) && row != 0)
        {
            rows[entity] = 0;
            Count--;
        }
    }

    /// <summary>The rows, for an image.</summary>
    public Chunks<ulong> Rows => rows;

    /// <summary>Takes over the count and the largest number after an image has filled the rows.</summary>
    public void Restore(int count, uint last) => (Count, Last) = (count, last);
}
