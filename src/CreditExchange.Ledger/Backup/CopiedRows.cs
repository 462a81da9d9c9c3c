using CreditExchange.Ledger.Sqlite;

namespace CreditExchange.Ledger.Backup;

/// <summary>Rows of a copy of a ledger.</summary>
internal sealed class CopiedRows(Database copy)
{
    private readonly Statement _event = copy.Prepare($"INSERT INTO event({Schema.EventColumns}) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)");
    private readonly Statement _erase = copy.Prepare("UPDATE event SET sealed=NULL WHERE entity=?1 AND sealed IS NOT NULL");
    private readonly Statement _epoch = copy.Prepare("INSERT INTO epoch(first_position, ledger_id) VALUES(?1, ?2)");
    private readonly Statement _catalogue = copy.Prepare("INSERT OR IGNORE INTO catalogue(digest, bytes) VALUES(?1, ?2)");

    public void Insert(StoredEvent stored)
    {
        _event.Bind(1, stored.Position).Bind(2, stored.RecordedAtMicros).Bind(3, stored.Entity).Bind(4, stored.Revision)
            .Bind(5, (long)stored.Kind).Bind(6, stored.Commitment).Bind(7, stored.Chain).Bind(8, stored.OpenSalt)
            .Bind(9, stored.PersonalDigest).Bind(10, stored.Open.Span);
        _ = stored.Sealed is { } sealedBytes ? _event.Bind(11, sealedBytes) : _event.BindNull(11);
        _event.Bind(12, stored.RequestKey?.Value).Bind(13, stored.ContentMac?.Value).Execute();
    }

    public void Erase(long entity) => _erase.Bind(1, entity).Execute();

    public void Epoch(long first, string ledgerId) => _epoch.Bind(1, first).Bind(2, ledgerId).Execute();

    public void Catalogue(string digest, byte[] bytes) => _catalogue.Bind(1, digest).Bind(2, bytes).Execute();
}
