using CreditExchange.Ledger.Keys;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>A sealed event on its way through the writer; is itself what the caller awaits.</summary>
internal sealed class PendingAppend(EventDraft draft, StoredEvent stored, byte[] subjects, DataKey? key)
    : TaskCompletionSource<AppendResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private static readonly EventDraft NoEvent = new() { Entity = 1, Revision = 1, Kind = EventKind.Unspecified, Open = new LedgerEvent() };

    public EventDraft Draft { get; } = draft;

    public StoredEvent Stored { get; } = stored;

    public byte[] Subjects { get; } = subjects;

    public DataKey? Key { get; } = key;

    /// <summary>Instead of an event: work on other tables in the group's transaction.</summary>
    public Action<Database>? Work { get; private init; }

    /// <summary>An item that is no event.</summary>
    /// <param name="work">What the writer does for it.</param>
    /// <param name="background">Whether it waits behind others.</param>
    public static PendingAppend OfWork(Action<Database> work, bool background) =>
        new(NoEvent with { Background = background }, null!, [], null) { Work = work };

    // Set while its group is written, answered after the commit.
    public AppendResult? Result { get; set; }
}
