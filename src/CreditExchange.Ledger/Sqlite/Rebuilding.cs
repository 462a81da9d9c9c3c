using System.Security.Cryptography;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>Makes what is derived again from the events, in one transaction: state, source, request, erasure.</summary>
internal sealed class Rebuilding(OfflineStore store, IStateProjection projection, Action<long, long>? progress, CancellationToken cancel)
{
    private const int Chunk = 1000;
    private readonly Statement _later = store.Database.Prepare("SELECT 1 FROM event WHERE entity=?1 AND revision>?2 LIMIT 1");
    private readonly Statement _state = store.Database.Prepare(
        "INSERT INTO state(position, revision, state, live, subjects, source_key, entity) VALUES(?1,?2,?3,?4,?5,?6,?7)");
    private readonly Statement _source = store.Database.Prepare("INSERT INTO source(source_key, entity) VALUES(?1, ?2)");
    private readonly Statement _request = store.Database.Prepare("INSERT INTO request(request_key, position) VALUES(?1, ?2)");
    private readonly Statement _erasure = store.Database.Prepare("INSERT INTO erasure(entity, position) VALUES(?1, ?2)");
    private readonly byte[] _chain = new byte[32];
    private long _entities;
    private long _requests;

    /// <exception cref="LedgerRefusedException">An event isn't what was committed: nothing is changed.</exception>
    public RebuildReport Run()
    {
        store.Database.Run("BEGIN IMMEDIATE");
        try
        {
            foreach (var table in new[] { "state", "source", "request", "erasure" })
            {
                store.Database.Run($"DELETE FROM {table}");
            }

            Traps.Reach("rebuild.after-drop");

            for (var position = 0L; position < store.Head;)
            {
                cancel.ThrowIfCancellationRequested();
                progress?.Invoke(position, store.Head);
                List<StoredEvent> events = new(Chunk);
                store.Reader.Range(position + 1, position + Chunk, events);
                if (events.Count == 0)
                {
                    throw Refused(position + 1, $"position {position + 1} is missing.");
                }

                foreach (var stored in events)
                {
                    if (Verification.LinkFault(_chain, position, stored) is { } fault)
                    {
                        throw Refused(position + 1, fault);
                    }

                    Derive(stored);
                    Traps.Reach("rebuild.after-event");
                    position = stored.Position;
                    stored.Chain.CopyTo(_chain);
                }
            }

            store.Database.Run($"UPDATE merged SET position={store.Head}");
            Traps.Reach("rebuild.before-commit");
            store.Database.Run("COMMIT");
            Traps.Reach("rebuild.after-commit");
        }
        catch
        {
            store.Database.Run("ROLLBACK");
            throw;
        }

        store.Checkpoint();
        Traps.Reach("rebuild.after-checkpoint");
        return new RebuildReport(store.LedgerIdAt(store.Head), store.Head, _entities, _requests);
    }

    private void Derive(StoredEvent stored)
    {
        if (stored.RequestKey is { } request)
        {
            _request.Bind(1, (UInt128?)request.Value).Bind(2, stored.Position).Execute();
            _requests++;
        }

        if (stored.Kind == EventKind.CatalogueActivated
            && EventSealer.OpenPart(stored).Catalogue is { } version && store.Reader.Catalogue(version.Digest) is { } bytes)
        {
            projection.Activated(stored.Position, bytes);
        }

        if (stored.Kind == EventKind.Erased)
        {
            _erasure.Bind(1, stored.Entity).Bind(2, stored.Position).Execute();
            return;
        }

        var isLast = !_later.Bind(1, stored.Entity).Bind(2, stored.Revision).Step();
        _later.Reset();
        if (isLast)
        {
            InsertState(stored);
        }
    }

    private void InsertState(StoredEvent stored)
    {
        LedgerEvent whole;
        try
        {
            whole = store.Sealer.Open(stored, store.LedgerIdAt(stored.Position));
        }
        catch (CryptographicException)
        {
            throw Refused(stored.Position, "the sealed part doesn't open.");
        }

        if (whole.Redaction == Redaction.Erased)
        {
            throw Refused(stored.Position, "its personal part or its key is gone without an erasure.");
        }

        var made = projection.Project(stored, whole, store.Keys.Keys);
        _state.Bind(1, stored.Position).Bind(2, stored.Revision).Bind(3, (long)made.State).Bind(4, made.IsLive ? 1 : 0)
            .Bind(5, SubjectEntry.Write(made.Subjects)).Bind(6, made.Source?.Value).Bind(7, stored.Entity).Execute();
        if (made is { IsLive: true, Source: { } source })
        {
            _source.Bind(1, (UInt128?)source.Value).Bind(2, stored.Entity).Execute();
        }

        _entities++;
    }

    private static LedgerRefusedException Refused(long position, string fault) =>
        new($"The ledger is damaged at position {position}: {fault} What is derived can't be made from it; restore it.");
}
