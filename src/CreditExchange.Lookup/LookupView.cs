using System.Collections.Concurrent;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Masks;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>
/// All subjects with a listing, in memory, at one ledger position. One writer, the follower, applies events in order;
/// readers take no lock and never see a half-applied event: they read again when the writer was at work meanwhile.
/// </summary>
public sealed class LookupView
{
    private readonly ConcurrentDictionary<SubjectKey, ListingFact[]> facts;
    private readonly ConcurrentDictionary<long, EntityState> entities;
    private readonly SubjectLinkGraph links = new();
    private readonly Lock writing = new();
    private readonly ViewClock clock;
    private CatalogueInForce? catalogue;
    private byte keyVersion = 1;
    private int version;

    /// <summary>An empty view at position 0.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="head">The ledger's head as this node knows it.</param>
    public LookupView(TimeProvider time, Func<long> head)
    {
        clock = new ViewClock(time, head);
        // There is one writer, and a table that grows to a million is copied twenty times on the way.
        var expected = (int)Math.Clamp(head(), 1_024, 20_000_000);
        facts = new(concurrencyLevel: 1, expected);
        entities = new(concurrencyLevel: 1, expected);
    }

    /// <summary>The position that the view reflects.</summary>
    public long Position => clock.Position;

    /// <summary>When this node last knew that position to be the ledger's head.</summary>
    public DateTimeOffset FreshAt => clock.FreshAt;

    /// <summary>The catalogue in force at the position.</summary>
    /// <exception cref="InvalidOperationException">None was activated yet: the node isn't ready.</exception>
    public CatalogueIndex Catalogue => InForce.Index;

    /// <summary>The field mask of that catalogue.</summary>
    public FieldMaskTable Masks => InForce.Masks;

    /// <summary>The catalogue and its field mask, of one and the same activation.</summary>
    public (CatalogueIndex Catalogue, FieldMaskTable Masks) CatalogueAndMasks
    {
        get
        {
            var now = InForce;
            return (now.Index, now.Masks);
        }
    }

    /// <summary>The same mask for events.</summary>
    public MaskedEvents MaskedEvents => InForce.Events;

    /// <summary>Position of that catalogue's activation.</summary>
    public long CataloguePosition => InForce.Position;

    /// <summary>Whether a catalogue is in force.</summary>
    public bool HasCatalogue => Volatile.Read(ref catalogue) is not null;

    /// <summary>Number of subjects with at least one fact.</summary>
    public int SubjectCount => facts.Count;

    /// <summary>Number of listings, final ones included.</summary>
    public int ListingCount => entities.Count;

    /// <summary>The version of the subject key in force at the position: by it subjects are asked for.</summary>
    public byte KeyVersion => Volatile.Read(ref keyVersion);

    private CatalogueInForce InForce => Volatile.Read(ref catalogue) ?? throw new InvalidOperationException("No catalogue is in force.");

    /// <summary>Position of a listing's newest event in the view; null for none, and for links.</summary>
    public long? PositionOf(long entity) => entities.TryGetValue(entity, out var state) ? state.Position : null;

    /// <summary>A subject's key of the version in force. Read by it, the reading tells whether that was still so.</summary>
    public SubjectKey KeyOf(SubjectId normal, HubKeys keys)
    {
        while (true)
        {
            // A version that isn't among the keys any more isn't in force any more either.
            if (keys.Subjects.Of(KeyVersion) is { } keyer)
            {
                return keyer.Compute(normal);
            }
        }
    }

    /// <summary>What is known of one subject, all at one position.</summary>
    public SubjectReading Read(in SubjectKey key) => Read(key, withLinked: true);

    /// <summary>What is known of one subject itself, without what carries over from linked ids, all at one position.</summary>
    public SubjectReading ReadOwn(in SubjectKey key) => Read(key, withLinked: false);

    private SubjectReading Read(in SubjectKey key, bool withLinked)
    {
        var wait = new SpinWait();
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var before = Volatile.Read(ref version);
            if ((before & 1) == 0)
            {
                var reading = ReadNow(key, withLinked);
                Interlocked.MemoryBarrier();
                if (Volatile.Read(ref version) == before)
                {
                    return reading;
                }
            }

            wait.SpinOnce();
        }

        // Never seen in practice: the writer is at work for microseconds an event.
        lock (writing)
        {
            return ReadNow(key, withLinked);
        }
    }

    /// <summary>Holds the writer back while many subjects are read at one position.</summary>
    /// <remarks>For a batch: a thousand lock-free reads would have to begin again whenever an event comes.</remarks>
    public Lock.Scope HoldStill() => writing.EnterScope();

    /// <summary>What is known of one subject; under <see cref="HoldStill"/>.</summary>
    public SubjectReading ReadHeld(in SubjectKey key) => ReadNow(key, withLinked: true);

    /// <summary>State of a listing at the view's position; null for none.</summary>
    public ListingState? StateOf(long entity) => entities.TryGetValue(entity, out var state) ? state.State : null;

    /// <summary>The listings under a subject, or an id linked to it, in order of creation.</summary>
    public IReadOnlyList<long> EntitiesOf(SubjectId normal, HubKeys keys)
    {
        while (true)
        {
            var key = KeyOf(normal, keys);
            var reading = Read(key);
            if (reading.KeyVersion == key.Version)
            {
                return [.. reading.Facts.Select(f => f.Entity).Distinct().Order()];
            }
        }
    }

    /// <summary>Completes when the view has reached a position; false when the time was over first.</summary>
    public Task<bool> WaitForAsync(long position, TimeSpan atMost, TimeProvider time, CancellationToken cancellation) =>
        clock.WaitForAsync(position, atMost, time, cancellation);

    /// <summary>Takes over a listing as it stands after an event. For the follower.</summary>
    /// <param name="state">State and position after the event.</param>
    /// <param name="entity">The listing.</param>
    /// <param name="subjects">Its facts by subject.</param>
    public void ApplyListing(long entity, EntityState state, ReadOnlySpan<(SubjectKey Key, ListingFact Fact)> subjects)
    {
        using (BeginWrite())
        {
            if (entities.TryGetValue(entity, out var old))
            {
                foreach (var key in old.Keys)
                {
                    Remove(key, entity);
                }
            }

            var keys = subjects.IsEmpty ? [] : new SubjectKey[subjects.Length];
            for (var i = 0; i < subjects.Length; i++)
            {
                keys[i] = subjects[i].Key;
                Add(subjects[i].Key, subjects[i].Fact);
            }

            entities[entity] = state with { Keys = keys };
        }
    }

    /// <summary>Forgets a listing, after its erasure. For the follower.</summary>
    public void RemoveListing(long entity)
    {
        using (BeginWrite())
        {
            if (entities.TryRemove(entity, out var old))
            {
                foreach (var key in old.Keys)
                {
                    Remove(key, entity);
                }
            }
        }
    }

    /// <summary>Takes over a link of two ids. For the follower.</summary>
    public void ApplyLink(long entity, SubjectKey from, SubjectKey to, SubjectRelation relation, bool active)
    {
        using (BeginWrite())
        {
            links.Apply(entity, from, to, relation, active);
        }
    }

    /// <summary>Files a listing or link, as it stands at a position, under another version of the subject key too.</summary>
    /// <param name="entity">The listing or link.</param>
    /// <param name="position">Position of the event whose content the keys were made from.</param>
    /// <param name="keys">Its keys of that version, in the order of its entries.</param>
    /// <returns>False: it has changed since, and has to be looked at again.</returns>
    public bool AddKeys(long entity, long position, SubjectKey[] keys)
    {
        using (BeginWrite())
        {
            if (!entities.TryGetValue(entity, out var known))
            {
                return keys.Length == 2 && links.AddKeys(entity, keys[0], keys[1]);
            }

            if (known.Position != position || keys.Length == 0)
            {
                return false;
            }

            if (Array.Exists(known.Keys, k => k.Version == keys[0].Version))
            {
                return true;
            }

            var old = Array.FindAll(known.Keys, k => k.Version == known.Keys[0].Version);
            if (old.Length != keys.Length)
            {
                throw new InvalidOperationException($"Entity {entity} has {old.Length} subjects in the view and {keys.Length} in its content.");
            }

            for (var i = 0; i < old.Length; i++)
            {
                // One subject in two roles stands there twice, with both facts.
                if (Array.IndexOf(old, old[i]) == i)
                {
                    foreach (var fact in facts.GetValueOrDefault(old[i]) ?? [])
                    {
                        if (fact.Entity == entity)
                        {
                            Add(keys[i], fact);
                        }
                    }
                }
            }

            entities[entity] = known with { Keys = [.. known.Keys, .. keys] };
            return true;
        }
    }

    /// <summary>Takes away what is filed under a version of the subject key that isn't in force any more.</summary>
    public void DropKeys(byte retired)
    {
        foreach (var (entity, _) in entities)
        {
            using (BeginWrite())
            {
                if (entities.TryGetValue(entity, out var known) && Array.Exists(known.Keys, k => k.Version == retired))
                {
                    foreach (var key in known.Keys)
                    {
                        if (key.Version == retired)
                        {
                            Remove(key, entity);
                        }
                    }

                    entities[entity] = known with { Keys = Array.FindAll(known.Keys, k => k.Version != retired) };
                }
            }
        }

        using (BeginWrite())
        {
            links.DropKeys(retired);
        }
    }

    /// <summary>Listings and links that aren't filed under a version of the subject key.</summary>
    public List<long> Lacking(byte wanted)
    {
        List<long> found = [];
        foreach (var (entity, known) in entities)
        {
            if (known.Keys.Length > 0 && !Array.Exists(known.Keys, k => k.Version == wanted))
            {
                found.Add(entity);
            }
        }

        lock (writing)
        {
            links.Lacking(wanted, found);
        }

        return found;
    }

    /// <summary>From now on subjects are asked for by this version of their key. Everything must be filed under it.</summary>
    public void ActivateKeys(byte inForce)
    {
        using (BeginWrite())
        {
            Volatile.Write(ref keyVersion, inForce);
        }
    }

    /// <summary>Takes over a catalogue. For the follower.</summary>
    public void ApplyCatalogue(CatalogueIndex index, long position)
    {
        using (BeginWrite())
        {
            Volatile.Write(ref catalogue, CatalogueInForce.Of(index, position));
        }
    }

    /// <summary>The view now reflects a position. For the follower, after the event's content.</summary>
    public void Advance(long position, DateTimeOffset recordedAt) => clock.Advance(position, recordedAt);

    /// <summary>The follower saw that the view's position is the ledger's head.</summary>
    public void AtHead() => clock.AtHead();

    /// <summary>The time of an evaluation: now, never before the position's record, never backwards.</summary>
    public DateTimeOffset AsOf() => clock.AsOf();

    private SubjectReading ReadNow(in SubjectKey key, bool withLinked)
    {
        facts.TryGetValue(key, out var found);
        var own = found ?? [];
        if (withLinked && !links.IsEmpty && links.Touches(key))
        {
            own = links.Collect(key, own, facts, InForce.Index);
        }

        return new SubjectReading(own, clock.Position, InForce.Index) { KeyVersion = keyVersion };
    }

    private void Add(SubjectKey key, in ListingFact fact)
    {
        var old = facts.GetValueOrDefault(key) ?? [];
        var changed = new ListingFact[old.Length + 1];
        old.CopyTo(changed, 0);
        changed[^1] = fact;
        facts[key] = changed;
    }

    private void Remove(SubjectKey key, long entity)
    {
        if (!facts.TryGetValue(key, out var old))
        {
            return;
        }

        var rest = Array.FindAll(old, f => f.Entity != entity);
        if (rest.Length == 0)
        {
            facts.TryRemove(key, out _);
        }
        else
        {
            facts[key] = rest;
        }
    }

    private Write BeginWrite() => new(this);

    private sealed record CatalogueInForce(CatalogueIndex Index, FieldMaskTable Masks, MaskedEvents Events, long Position)
    {
        public static CatalogueInForce Of(CatalogueIndex index, long position)
        {
            var masks = new FieldMaskTable(index);
            return new CatalogueInForce(index, masks, new MaskedEvents(masks), position);
        }
    }

    // An odd version tells readers that the writer is at work.
    private readonly ref struct Write
    {
        private readonly LookupView view;
        private readonly Lock.Scope scope;

        public Write(LookupView view)
        {
            this.view = view;
            scope = view.writing.EnterScope();
            Interlocked.Increment(ref view.version);
        }

        public void Dispose()
        {
            Interlocked.Increment(ref view.version);
            scope.Dispose();
        }
    }
}

/// <summary>A listing's state in the view.</summary>
/// <param name="State">As of its last event.</param>
/// <param name="Position">Position of that event.</param>
/// <param name="Keys">Subjects it is filed under.</param>
public readonly record struct EntityState(ListingState State, long Position, SubjectKey[] Keys);

/// <summary>What is known of one subject.</summary>
/// <param name="Facts">One per listing and role; not to be changed.</param>
/// <param name="Position">The position it reflects.</param>
/// <param name="Catalogue">The catalogue in force there.</param>
public readonly record struct SubjectReading(ListingFact[] Facts, long Position, CatalogueIndex Catalogue)
{
    /// <summary>The version of the subject key in force there: what was read by another one says nothing.</summary>
    public byte KeyVersion { get; init; }
}
