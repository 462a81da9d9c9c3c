using CreditExchange.Domain.Subjects;

namespace CreditExchange.Ledger;

/// <summary>Keys of one hub, made at the first open and stored wrapped. They never leave it.</summary>
/// <param name="subjects">Versions of the subject key.</param>
/// <param name="former">Versions of the subject key that were retired.</param>
/// <param name="token">From which the keys of the audiences' tokens are derived.</param>
/// <param name="request">Makes request keys, content MACs, source keys and name tags.</param>
public sealed class HubKeys(SubjectKeySet subjects, IReadOnlyList<SubjectKeyer> former, SubjectKeyer token, SubjectKeyer request)
{
    private volatile SubjectKeySet subjects = subjects;
    private volatile IReadOnlyList<SubjectKeyer> former = former;

    /// <summary>Makes subject keys of the version in force: stands for a number in tables, in the index and in Redis.</summary>
    public SubjectKeyer Subject => subjects.Active;

    /// <summary>The versions that live now, as one consistent set.</summary>
    public SubjectKeySet Subjects => subjects;

    /// <summary>Retired versions: the access log was written under them, and is asked by them only.</summary>
    public IReadOnlyList<SubjectKeyer> Former => former;

    /// <summary>From which the keys of the audiences' tokens are derived.</summary>
    public SubjectKeyer Token { get; } = token;

    /// <summary>Makes request keys, content MACs, source keys and name tags.</summary>
    public SubjectKeyer Request { get; } = request;

    /// <summary>A version came into force by its event.</summary>
    /// <exception cref="LedgerRefusedException">keys.db doesn't have it.</exception>
    public void Activate(byte version)
    {
        var now = subjects;
        if (now.Active.Version == version)
        {
            return;
        }

        var active = now.Of(version) ?? throw new LedgerRefusedException(
            $"keys.db lacks version {version} of the subject key, which the ledger has in force. Restore the keys.db that belongs to it.");
        subjects = new SubjectKeySet(active, null, now.Active);
    }

    internal void Stage(SubjectKeyer next) => subjects = subjects with { Next = next };

    internal void Retire()
    {
        if (subjects.Previous is { } previous)
        {
            former = [.. former, previous];
        }

        subjects = subjects with { Previous = null };
    }
}

/// <summary>The versions of the subject key that live at one time.</summary>
/// <param name="Active">In force: checks ask by it.</param>
/// <param name="Next">Being made ready: everything is filed under it too.</param>
/// <param name="Previous">Was in force; what is filed under it is being taken away.</param>
public sealed record SubjectKeySet(SubjectKeyer Active, SubjectKeyer? Next, SubjectKeyer? Previous)
{
    /// <summary>Under which everything is to be filed: the one in force, and the next.</summary>
    public IReadOnlyList<SubjectKeyer> Required { get; } = Next is null ? [Active] : [Active, Next];

    /// <summary>All that live: those needed now, and the one that was before.</summary>
    public IReadOnlyList<SubjectKeyer> Live { get; } = [Active, .. Next is null ? [] : new[] { Next }, .. Previous is null ? [] : new[] { Previous }];

    /// <summary>One version; null: it doesn't live.</summary>
    public SubjectKeyer? Of(byte version) =>
        Active.Version == version ? Active : Next?.Version == version ? Next : Previous?.Version == version ? Previous : null;
}
