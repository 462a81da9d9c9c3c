using System.Collections.Concurrent;
using CreditExchange.Domain.Subjects;

namespace CreditExchange.Lookup.Edge;

/// <summary>
/// Since when a subject's detail is surely unchanged: the newest changes one by one, and for all others the position of the last change
/// that was forgotten. One writer; any number of readers.
/// </summary>
/// <param name="position">Position at which it begins.</param>
/// <param name="most">How many changes are remembered.</param>
public sealed class RecentChanges(long position, int most = 65_536)
{
    private readonly ConcurrentDictionary<SubjectKey, long> newest = new();
    private readonly Queue<(SubjectKey Key, long Position)> order = new();
    private long floor = position;

    /// <summary>A subject's detail changed. For the writer, before the position is passed.</summary>
    public void Changed(in SubjectKey key, long at)
    {
        newest[key] = at;
        order.Enqueue((key, at));
        while (order.Count > most)
        {
            var (oldest, then) = order.Dequeue();
            // The floor rises first: a reader who doesn't find the change any more must see it.
            Volatile.Write(ref floor, Math.Max(floor, then));
            newest.TryRemove(KeyValuePair.Create(oldest, then));
        }
    }

    /// <summary>The last position at which the subject may have changed.</summary>
    public long LastChange(in SubjectKey key) => newest.TryGetValue(key, out var at) ? at : Volatile.Read(ref floor);
}
