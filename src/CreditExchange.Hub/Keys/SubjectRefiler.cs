using CreditExchange.Ledger;
using CreditExchange.Lookup;

namespace CreditExchange.Hub.Keys;

/// <summary>
/// Files what the views and the store hold under another version of the subject key, made again from the content. Nothing
/// is taken away here, so checks go on.
/// </summary>
public sealed class SubjectRefiler(ILedger ledger, LookupView view, LookupFeed feed)
{
    private const int Page = 256;

    /// <summary>
    /// Files everything in the view under a version that isn't yet. Complete when it returns, as long as whatever the follower
    /// applies meanwhile is filed under it too: what changes under our hands is then complete by itself.
    /// </summary>
    public void CompleteView(byte version, CancellationToken cancellation)
    {
        foreach (var entity in view.Lacking(version))
        {
            cancellation.ThrowIfCancellationRequested();
            // As the view has it, which on the follower's own thread may be behind the ledger.
            var stored = view.PositionOf(entity) is { } position ? ledger.At(entity, position) : ledger.Last(entity);
            if (stored is { IsErased: false })
            {
                feed.FileUnder(stored, ledger.Open(stored), Keyer(version));
            }
        }
    }

    /// <summary>Files every row of the store under the versions that are needed now and no other, and the view along with it.</summary>
    public async Task RefileStoreAsync(CancellationToken cancellation)
    {
        bool again;
        do
        {
            again = false;
            for (long after = 0; ledger.ReadSubjects(after, Page) is { Count: > 0 } page; after = page[^1].Entity)
            {
                var changed = page.Where(row => !SubjectEntries.AreFiled(row.Subjects, ledger.Keys.Subjects))
                    .Select(Refile).OfType<SubjectRow>().ToList();
                again |= changed.Count > 0 && await ledger.RefileAsync(changed, cancellation) < changed.Count;
            }
        }
        while (again);
    }

    // Null: the entity has changed since; its new row is filed as it must be, or found by the next round.
    private SubjectRow? Refile(SubjectRow row)
    {
        if (ledger.Last(row.Entity) is not { IsErased: false } last || last.Position != row.Position)
        {
            return null;
        }

        var whole = new Lazy<V1.LedgerEvent>(() => ledger.Open(last));
        return row with
        {
            Subjects = SubjectEntries.Refile(row.Subjects, ledger.Keys.Subjects, keyer =>
            {
                feed.FileUnder(last, whole.Value, keyer);
                return SubjectEntries.Keys(whole.Value, keyer);
            }),
        };
    }

    private Domain.Subjects.SubjectKeyer Keyer(byte version) => ledger.Keys.Subjects.Of(version)
        ?? throw new LedgerRefusedException($"keys.db lacks version {version} of the subject key. Restore the keys.db that belongs to the ledger.");
}
