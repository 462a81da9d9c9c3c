using CreditExchange.Ledger.Sqlite;

namespace CreditExchange.Ledger.Backup;

/// <summary>Rows of a copy of a ledger.</summary>
internal sealed class CopiedRows(Database copy)
{
    private readonly EventInsert _event = new(copy);
    private readonly Statement _erase = copy.Prepare("UPDATE event SET sealed=NULL WHERE entity=?1 AND sealed IS NOT NULL");
    private readonly Statement _epoch = copy.Prepare("INSERT INTO epoch(first_position, ledger_id) VALUES(?1, ?2)");
    private readonly Statement _catalogue = copy.Prepare(Schema.InsertCatalogue);

    public void Insert(StoredEvent stored) => _event.Execute(stored);

    public void Erase(long entity) => _erase.Bind(1, entity).Execute();

    public void Epoch(long first, string ledgerId) => _epoch.Bind(1, first).Bind(2, ledgerId).Execute();

    public void Catalogue(string digest, byte[] bytes) => _catalogue.Bind(1, digest).Bind(2, bytes).Execute();
}
