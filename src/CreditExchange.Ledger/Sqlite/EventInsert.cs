namespace CreditExchange.Ledger.Sqlite;

/// <summary>Writes rows of the table of events, into a ledger or a copy of one.</summary>
internal sealed class EventInsert(Database database)
{
    private readonly Statement _insert =
        database.Prepare($"INSERT INTO event({Schema.EventColumns}) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)");

    public void Execute(StoredEvent stored)
    {
        _insert.Bind(1, stored.Position).Bind(2, stored.RecordedAtMicros).Bind(3, stored.Entity).Bind(4, stored.Revision)
            .Bind(5, (long)stored.Kind).Bind(6, stored.Commitment).Bind(7, stored.Chain).Bind(8, stored.OpenSalt)
            .Bind(9, stored.PersonalDigest).Bind(10, stored.Open.Span);
        _ = stored.Sealed is { } sealedBytes ? _insert.Bind(11, sealedBytes) : _insert.BindNull(11);
        _insert.Bind(12, stored.RequestKey?.Value).Bind(13, stored.ContentMac?.Value).Execute();
    }
}
