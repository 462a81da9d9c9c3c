namespace CreditExchange.Ledger.Sqlite;

/// <summary>The newest events in memory, for those who follow. One writer, any number of readers, no locks: a slot that was
/// overwritten meanwhile shows another position.</summary>
internal sealed class EventRing(int size)
{
    private readonly StoredEvent?[] _slots = new StoredEvent?[size];

    public void Add(StoredEvent stored) => Volatile.Write(ref _slots[stored.Position & (_slots.Length - 1)], stored);

    /// <summary>After an erasure: replaces what the ring has of an entity by what the store has now.</summary>
    public void Erase(long entity)
    {
        for (var i = 0; i < _slots.Length; i++)
        {
            if (_slots[i] is { Sealed: not null } held && held.Entity == entity)
            {
                Volatile.Write(ref _slots[i], held.WithoutSealed());
            }
        }
    }

    public StoredEvent? Find(long position)
    {
        var found = Volatile.Read(ref _slots[position & (_slots.Length - 1)]);
        return found?.Position == position ? found : null;
    }

    public bool TryRead(long from, int count, List<StoredEvent> events)
    {
        for (var position = from; position < from + count; position++)
        {
            if (Find(position) is not { } found)
            {
                events.Clear();
                return false;
            }

            events.Add(found);
        }

        return true;
    }
}
