using System.Text.Json;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>Which of this hub's events a partner refused: kept in a row. For one session at a time.</summary>
public sealed class OutgoingBook
{
    private const int Most = 100;
    private readonly KeptRow row;
    private volatile State state;

    internal OutgoingBook(IProgressStore store, string region)
    {
        row = new KeptRow(store, $"exchange/out/{region}");
        state = row.Load() is { } kept ? JsonSerializer.Deserialize<State>(kept)! : new State(0, []);
    }

    /// <summary>How many in all.</summary>
    public long Count => state.Count;

    /// <summary>The newest, by position.</summary>
    public IReadOnlyList<Refused> Newest => state.Newest;

    /// <summary>Takes over what a receipt says; a position that is known is not counted again.</summary>
    public async Task TakeAsync(IEnumerable<EventOutcome> outcomes)
    {
        var known = state.Newest.Select(r => r.Position).ToHashSet();
        var told = outcomes.Where(o => o.Outcome == RecognitionOutcome.Refused && !known.Contains(o.Position))
            .Select(o => new Refused(o.Position, Enum.IsDefined(o.Reason) ? o.Reason : ErrorReason.Unspecified)).ToList();
        if (told.Count > 0)
        {
            state = new State(state.Count + told.Count, [.. state.Newest.Concat(told).OrderBy(r => r.Position).TakeLast(Most)]);
            await row.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(state));
        }
    }

    private sealed record State(long Count, IReadOnlyList<Refused> Newest);
}
