using System.Text;
using CreditExchange.V1;

namespace CreditExchange.Client.Streams.Following;

/// <summary>One event as the audience may see it, or one listing's newest state.</summary>
/// <param name="Event">The event; sealed content is in it where its key was given.</param>
/// <param name="Position">Its position: from 1, each once, but not in order over several partitions.</param>
/// <param name="LedgerId">Ledger and epoch of the position.</param>
/// <param name="Key">The record's key, ASCII: the subject's token, or "event-" and a number; of a state the listing id.</param>
/// <param name="Partition">Where it stood.</param>
/// <param name="Offset">Where it stood in the partition.</param>
public readonly record struct StreamEvent(
    LedgerEvent Event, long Position, string LedgerId, ReadOnlyMemory<byte> Key, int Partition, long Offset)
{
    /// <summary>The key as text.</summary>
    public string KeyText => Encoding.ASCII.GetString(Key.Span);
}
