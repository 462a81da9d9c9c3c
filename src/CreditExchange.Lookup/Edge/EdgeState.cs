using System.Collections.Concurrent;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Lookup.Edge;

/// <summary>
/// What an edge node has in memory, at one position: who may have a listing, who changed lately, who is linked, and the catalogue.
/// One writer adds what an event changed before it passes the event's position, so that a reader who takes the position first
/// never misses a change up to it.
/// </summary>
public sealed class EdgeState
{
    private readonly ConcurrentDictionary<SubjectKey, int> linked = new();
    private readonly Dictionary<long, List<SubjectKey>> links = [];
    private readonly Dictionary<string, Agreement> agreements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PartnerKeys> partnerKeys = new(StringComparer.Ordinal);
    private volatile SubjectKeyer[] tokenKeyers = [];
    private long position;
    private long linkedChange;
    private volatile CatalogueAt catalogue;

    /// <summary>The state of a header, still without what follows it.</summary>
    public EdgeState(NodeStateHeader header, HubKeys keys)
    {
        LedgerId = header.LedgerId;
        Keys = keys;
        KeyVersion = (byte)header.KeyVersion;
        position = linkedChange = header.Position;
        RecordedAt = header.RecordedAt.ToDateTimeOffset();
        Filter = new SubjectFilter(header.Subjects);
        Recent = new RecentChanges(header.Position);
        catalogue = new CatalogueAt(
            new CatalogueIndex(header.Catalogue), header.CataloguePosition, RecognitionTable.Empty, ListingFlags.None);
        CompleteAt = long.MaxValue;
    }

    /// <summary>Ledger and epoch.</summary>
    public string LedgerId { get; }

    /// <summary>The hub's keys.</summary>
    public HubKeys Keys { get; }

    /// <summary>Version of the subject key in force, as long as this state lives.</summary>
    public byte KeyVersion { get; }

    /// <summary>Who may have a listing.</summary>
    public SubjectFilter Filter { get; }

    /// <summary>Who changed lately.</summary>
    public RecentChanges Recent { get; }

    /// <summary>The position that it reflects.</summary>
    public long Position => Volatile.Read(ref position);

    /// <summary>When that was recorded. For the writer.</summary>
    public DateTimeOffset RecordedAt { get; private set; }

    /// <summary>Below this position nothing may be concluded from it: it may hold later things already.</summary>
    public long CompleteAt { get; private set; }

    /// <summary>Whether it can't be carried on: the subject key was switched, so all keys are others now.</summary>
    public bool BeginsAnew { get; private set; }

    /// <summary>The catalogue in force and what is recognised, with the position since which it is so.</summary>
    public CatalogueAt Catalogue => catalogue;

    /// <summary>Whether what is known of a subject carries over from others.</summary>
    public bool IsLinked(in SubjectKey key) => linked.ContainsKey(key);

    /// <summary>Whether a subject may have a listing, or be linked to one that has.</summary>
    public bool MayHold(in SubjectKey key) => Filter.MayContain(key) || IsLinked(key);

    /// <summary>The last position at which a subject's detail, with all that carries over to it, may have changed.</summary>
    public long LastChange(in SubjectKey key)
    {
        var last = Recent.LastChange(key);
        last = IsLinked(key) ? Math.Max(last, Volatile.Read(ref linkedChange)) : last;
        Traps.LeaveOut("edge.last-change", ref last);
        return last;
    }

    /// <summary>Makes the tokens by which partners name natural persons: one for each partner and live version of its key.</summary>
    public IReadOnlyList<SubjectKeyer> TokenKeyers => tokenKeyers;

    /// <summary>A part of the state as it is read at the beginning.</summary>
    public void Take(ReadNodeStateResponse part)
    {
        var keys = part.SubjectKeys.Span;
        for (var i = 0; i < keys.Length; i += SubjectKey.Length)
        {
            Filter.Add(SubjectKey.Read(keys[i..]));
        }

        foreach (var link in part.Links)
        {
            Apply(link);
        }

        foreach (var agreement in part.Agreements)
        {
            Apply(agreement, catalogue.Position);
        }

        foreach (var flag in part.Flags)
        {
            Apply(flag, catalogue.Position);
        }

        foreach (var partner in part.PartnerKeys)
        {
            Apply(partner);
        }

        if (part.CompleteAt > 0)
        {
            CompleteAt = part.CompleteAt;
        }
    }

    /// <summary>What an event changed.</summary>
    /// <param name="change">Whose details.</param>
    /// <param name="at">The event's position.</param>
    /// <param name="recordedAt">When it was recorded.</param>
    public void Apply(NodeChange change, long at, DateTimeOffset recordedAt)
    {
        if (change.BeginAnew)
        {
            // The position stays before the switch: by these keys nothing is known after it.
            BeginsAnew = true;
            return;
        }

        var touchesLinked = change.Links.Count > 0;
        var keys = change.SubjectKeys.Span;
        for (var i = 0; i < keys.Length; i += SubjectKey.Length)
        {
            var key = SubjectKey.Read(keys[i..]);
            Recent.Changed(key, at);
            Filter.Add(key);
            touchesLinked |= IsLinked(key);
        }

        if (change.PartnerKeys is { } partner)
        {
            Apply(partner);
        }

        foreach (var link in change.Links)
        {
            Apply(link);
        }

        if (touchesLinked)
        {
            Volatile.Write(ref linkedChange, at);
        }

        if (change.Catalogue is not null)
        {
            catalogue = catalogue with { Index = new CatalogueIndex(change.Catalogue), Position = at };
        }

        if (change.Agreement is not null)
        {
            Apply(change.Agreement, at);
        }

        if (change.Flag is not null)
        {
            Apply(change.Flag, at);
        }

        Advance(at, recordedAt);
    }

    /// <summary>Nothing changed up to a position.</summary>
    public void Advance(long to, DateTimeOffset recordedAt)
    {
        RecordedAt = recordedAt;
        Volatile.Write(ref position, to);
    }

    private void Apply(PartnerKeys partner)
    {
        partnerKeys[partner.Region] = partner;
        SetKeyers(null);
    }

    // This hub's own region is among the parties too: nobody sends tokens under a key for it, and trying it costs nothing.
    private void SetKeyers(Agreement? next)
    {
        var regions = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var agreement in next is null ? agreements.Values : agreements.Values.Append(next))
        {
            regions.UnionWith(AgreementTerms.Parser.ParseFrom(agreement.Signed.Terms).Parties.Select(p => p.Region));
        }

        tokenKeyers = [.. regions.SelectMany(r => (partnerKeys.TryGetValue(r, out var known) ? known.Versions.AsEnumerable() : [1u])
            .Select(version => PartnerTokenKey.Keyer(Keys, r, version)))];
    }

    private void Apply(Agreement agreement, long at)
    {
        SetKeyers(agreement);
        agreements[agreement.AgreementId] = agreement;
        catalogue = catalogue with { Recognition = RecognitionTable.Of(agreements.Values), Position = at };
    }

    private void Apply(NodeFlag flag, long at) =>
        catalogue = catalogue with { Flags = catalogue.Flags.With(flag.ListingEntity, flag.UntilTicks), Position = at };

    private void Apply(NodeLink link)
    {
        if (!links.TryGetValue(link.Entity, out var known))
        {
            links.Add(link.Entity, known = []);
        }

        foreach (var key in new[] { SubjectKey.Read(link.FromKey.Span), SubjectKey.Read(link.ToKey.Span) })
        {
            if (link.Active && !known.Contains(key))
            {
                known.Add(key);
                linked.AddOrUpdate(key, 1, (_, count) => count + 1);
            }
            else if (!link.Active && known.Remove(key) && linked.AddOrUpdate(key, 0, (_, count) => count - 1) == 0)
            {
                linked.TryRemove(key, out _);
            }
        }
    }
}

/// <summary>The rules that a verdict needs, and since when they are these.</summary>
/// <param name="Index">The catalogue.</param>
/// <param name="Position">Position of the last event that changed any of them.</param>
/// <param name="Recognition">The agreements in force.</param>
/// <param name="Flags">Recognised listings that are not executed here.</param>
public sealed record CatalogueAt(CatalogueIndex Index, long Position, RecognitionTable Recognition, ListingFlags Flags);
