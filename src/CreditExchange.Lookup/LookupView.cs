using System.Collections.Concurrent;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Masks;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
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

    private CatalogueInForce InForce => Volatile.Read(ref catalogue) ?? throw new InvalidOperationException("No catalogue is in force.");

    /// <summary>What is known of one subject, all at one position.</summary>
    public SubjectReading Read(in SubjectKey key)
    {
        var wait = new SpinWait();
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var before = Volatile.Read(ref version);
            if ((before & 1) == 0)
            {
                var reading = ReadNow(key);
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
            return ReadNow(key);
        }
    }

    /// <summary>Holds the writer back while many subjects are read at one position.</summary>
    /// <remarks>For a batch: a thousand lock-free reads would have to begin again whenever an event comes.</remarks>
    public Lock.Scope HoldStill() => writing.EnterScope();

    /// <summary>What is known of one subject; under <see cref="HoldStill"/>.</summary>
    public SubjectReading ReadHeld(in SubjectKey key) => ReadNow(key);

    /// <summary>State of a listing at the view's position; null for none.</summary>
    public ListingState? StateOf(long entity) => entities.TryGetValue(entity, out var state) ? state.State : null;

    /// <summary>The listings under a subject, or an id linked to it, in order of creation.</summary>
    public IReadOnlyList<long> EntitiesOf(in SubjectKey key) =>
        [.. Read(key).Facts.Select(f => f.Entity).Distinct().Order()];

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

    private SubjectReading ReadNow(in SubjectKey key)
    {
        facts.TryGetValue(key, out var found);
        var own = found ?? [];
        if (!links.IsEmpty && links.Touches(key))
        {
            own = links.Collect(key, own, facts, InForce.Index);
        }

        return new SubjectReading(own, clock.Position, InForce.Index);
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
public readonly record struct SubjectReading(ListingFact[] Facts, long Position, CatalogueIndex Catalogue);
