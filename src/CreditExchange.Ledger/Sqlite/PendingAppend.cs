using CreditExchange.Ledger.Keys;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>A sealed event on its way through the writer; is itself what the caller awaits.</summary>
internal sealed class PendingAppend(EventDraft draft, StoredEvent stored, byte[] subjects, DataKey? key)
    : TaskCompletionSource<AppendResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public EventDraft Draft { get; } = draft;

    public StoredEvent Stored { get; } = stored;

    public byte[] Subjects { get; } = subjects;

    public DataKey? Key { get; } = key;

    /// <summary>Instead of an event: work on derived tables in the group's transaction.</summary>
    public Action<Database>? Work { get; init; }

    // Set while its group is written, answered after the commit.
    public AppendResult? Result { get; set; }
}
