using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Keys;

/// <summary>Brings the version of the subject key into force that the ledger has in force at the views' position.</summary>
public sealed class KeyFeed(ILedger ledger, LookupView view, SubjectRefiler refiler) : ILedgerView
{
    private StoredEvent? newest;

    /// <summary>The event of the last switch, whose entity all switches are revisions of; null: none yet.</summary>
    public StoredEvent? Newest => Volatile.Read(ref newest);

    /// <inheritdoc/>
    public void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects)
    {
        if (open.BodyCase != LedgerEvent.BodyOneofCase.SubjectKey)
        {
            return;
        }

        var version = (byte)open.SubjectKey.Version;
        ledger.Keys.Activate(version);
        // Nothing is left to do where the rotation did its work; a verdict may not hang on that.
        refiler.CompleteView(version, CancellationToken.None);
        view.ActivateKeys(version);
        Volatile.Write(ref newest, stored);
    }
}
