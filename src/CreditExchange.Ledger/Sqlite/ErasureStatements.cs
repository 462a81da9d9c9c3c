namespace CreditExchange.Ledger.Sqlite;

/// <summary>What the transaction of an ERASED event does beside appending it.</summary>
internal sealed class ErasureStatements(Database database)
{
    private readonly Statement _sealed = database.Prepare("UPDATE event SET sealed=NULL WHERE entity=?1 AND sealed IS NOT NULL");
    private readonly Statement _source = database.Prepare(
        "DELETE FROM source WHERE entity=?1 AND source_key=(SELECT source_key FROM state WHERE entity=?1)");
    private readonly Statement _state = database.Prepare("DELETE FROM state WHERE entity=?1");
    private readonly Statement _erasure = database.Prepare("INSERT INTO erasure(entity, position) VALUES(?1, ?2)");

    public void Erase(StoredEvent stored)
    {
        _sealed.Bind(1, stored.Entity).Execute();
        _source.Bind(1, stored.Entity).Execute();
        _state.Bind(1, stored.Entity).Execute();
        _erasure.Bind(1, stored.Entity).Bind(2, stored.Position).Execute();
    }
}
