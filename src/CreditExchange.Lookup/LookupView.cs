using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Masks;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.Lookup.Effects;
using CreditExchange.Lookup.Images;
using CreditExchange.Lookup.Index;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>
/// All subjects with a listing, in memory, at one ledger position. One writer, the follower, applies events in order;
/// readers take no lock and never see a half-applied event: they read again when the writer was at work meanwhile.
/// </summary>
public sealed partial class LookupView
{
    // One table for each version of the subject key that anything is filed under: two while a rotation is under way.
    private readonly SubjectTable?[] tables = new SubjectTable?[byte.MaxValue + 1];
    private byte[] live = [];
    private EntityTable entities = new();
    private readonly SubjectLinkGraph links = new();
    private readonly SequenceLock guard = new();
    private readonly ViewClock clock;
    private readonly Func<SubjectKey, EffectSet> readOwn;
    private readonly Func<string, string, string, bool> shares;
    private CatalogueInForce? catalogue;
    private ReadingRules? rules;
    private byte keyVersion = 1;
    private int removals;
    private readonly Dictionary<string, Agreement> agreements = new(StringComparer.Ordinal);
    private RecognitionTable recognition = RecognitionTable.Empty;
    private ListingFlags flags = ListingFlags.None;

    /// <summary>An empty view at position 0.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="head">The ledger's head as this node knows it.</param>
    public LookupView(TimeProvider time, Func<long> head)
    {
        clock = new ViewClock(time, head);
        readOwn = key => OwnOf(key);
        shares = (hub, region, list) => Recognition.SharesWith(hub, region, list, LegalDay.Of(time.GetUtcNow()));
    }

    /// <summary>The shapes of all effects.</summary>
    public EffectCodes Codes { get; } = new();

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

    /// <summary>The agreements in force at the position.</summary>
    public RecognitionTable Recognition => Volatile.Read(ref recognition);

    /// <summary>Recognised listings that are not executed here.</summary>
    public ListingFlags Flags => Volatile.Read(ref flags);

    /// <summary>The same mask for events.</summary>
    public MaskedEvents MaskedEvents => InForce.Events;

    /// <summary>Position of that catalogue's activation.</summary>
    public long CataloguePosition => InForce.Position;

    /// <summary>Whether a catalogue is in force.</summary>
    public bool HasCatalogue => Volatile.Read(ref catalogue) is not null;

    /// <summary>Number of subjects that a listing names.</summary>
    public int SubjectCount => tables[KeyVersion]?.Count ?? 0;

    /// <summary>Number of listings, final ones included.</summary>
    public int ListingCount => entities.Count;

    /// <summary>The version of the subject key in force at the position: by it subjects are asked for.</summary>
    public byte KeyVersion => Volatile.Read(ref keyVersion);

    private CatalogueInForce InForce => Volatile.Read(ref catalogue) ?? throw NoCatalogue();

    /// <summary>Position of a listing's newest event in the view; null for none, and for links.</summary>
    public long? PositionOf(long entity) => entities.TryGet(entity, out _, out var position) ? position : null;

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

    /// <summary>State of a listing at the view's position; null for none.</summary>
    public ListingState? StateOf(long entity) => entities.TryGet(entity, out var state, out _) ? state : null;

    /// <summary>The listings under a subject, or an id linked to it, in order of creation.</summary>
    public IReadOnlyList<long> EntitiesOf(SubjectId normal, HubKeys keys)
    {
        while (true)
        {
            var key = KeyOf(normal, keys);
            Read(key, out var reading);
            if (reading.KeyVersion == key.Version)
            {
                var found = new SortedSet<long>();
                for (var i = 0; i < reading.Effects.Count; i++)
                {
                    found.Add(reading.Effects[i].Entity);
                }

                return [.. found];
            }
        }
    }

    /// <summary>Completes when the view has reached a position; false when the time was over first.</summary>
    public Task<bool> WaitForAsync(long position, TimeSpan atMost, TimeProvider time, CancellationToken cancellation) =>
        clock.WaitForAsync(position, atMost, time, cancellation);

    /// <summary>
    /// Everything applied until it is disposed of becomes visible at once, together with the position. For the follower.
    /// </summary>
    public EventScope BeginEvent(long position, DateTimeOffset recordedAt) => new(guard.Write(), clock, position, recordedAt);

    /// <summary>Takes over a listing as it stands after an event. For the follower.</summary>
    /// <param name="entity">The listing.</param>
    /// <param name="state">Its state after the event.</param>
    /// <param name="position">The event's position.</param>
    /// <param name="subjects">Its effects on its subjects, under each version of the subject key that is needed.</param>
    public void ApplyListing(
        long entity, ListingState state, long position, ReadOnlySpan<(SubjectKey Key, SubjectEffect Effect)> subjects)
    {
        using (guard.Write())
        {
            // Those of one version stand together.
            for (var begin = 0; begin < subjects.Length;)
            {
                var version = subjects[begin].Key.Version;
                var end = begin + 1;
                while (end < subjects.Length && subjects[end].Key.Version == version)
                {
                    end++;
                }

                TableOf(version).Set((uint)entity, subjects[begin..end]);
                begin = end;
            }

            foreach (var of in live)
            {
                if (!HasVersion(subjects, of))
                {
                    tables[of]!.Remove((uint)entity);
                }
            }

            entities.Set((uint)entity, state, position);
        }
    }

    /// <summary>Forgets a listing, after its erasure. For the follower.</summary>
    public void RemoveListing(long entity)
    {
        using (guard.Write())
        {
            foreach (var of in live)
            {
                tables[of]!.Remove((uint)entity);
            }

            entities.Remove((uint)entity);
            Volatile.Write(ref removals, removals + 1);
        }
    }

    /// <summary>Takes over a link of two ids. For the follower.</summary>
    public void ApplyLink(long entity, SubjectKey from, SubjectKey to, SubjectRelation relation, bool active)
    {
        using (guard.Write())
        {
            links.Apply(entity, from, to, relation, active);
        }
    }

    /// <summary>Files a listing, as it stands at a position, under another version of the subject key too.</summary>
    /// <param name="entity">The listing.</param>
    /// <param name="position">Position of the event whose content the effects were made from.</param>
    /// <param name="subjects">Its effects under that version alone.</param>
    /// <remarks>One that has changed since is left alone: what changes is filed under each version that is needed anyway.</remarks>
    public void AddSubjects(long entity, long position, ReadOnlySpan<(SubjectKey Key, SubjectEffect Effect)> subjects)
    {
        using (guard.Write())
        {
            if (entities.TryGet(entity, out _, out var known) && known == position && !subjects.IsEmpty
                && TableOf(subjects[0].Key.Version) is var table && !table.Contains((uint)entity))
            {
                table.Set((uint)entity, subjects);
            }
        }
    }

    /// <summary>Files an active link under another version of the subject key too.</summary>
    public void AddLinkKeys(long entity, SubjectKey from, SubjectKey to)
    {
        using (guard.Write())
        {
            links.AddKeys(entity, from, to);
        }
    }

    /// <summary>Takes away everything that is filed under a version of the subject key.</summary>
    public void DropKeys(byte retired)
    {
        using (guard.Write())
        {
            tables[retired] = null;
            live = Array.FindAll(live, of => of != retired);
            links.DropKeys(retired);
        }
    }

    /// <summary>Listings and links that aren't filed under a version of the subject key.</summary>
    public List<long> Lacking(byte wanted)
    {
        List<long> found = [];
        var table = Volatile.Read(ref tables[wanted]);
        for (uint entity = 1; entity <= entities.Last; entity++)
        {
            if (entities.TryGet(entity, out _, out _) && table?.Contains(entity) != true
                && Array.Exists(live, of => of != SubjectKey.TokenVersion && tables[of]?.Contains(entity) == true))
            {
                found.Add(entity);
            }
        }

        using (guard.HoldStill())
        {
            links.Lacking(wanted, found);
        }

        return found;
    }

    /// <summary>Walks over the effects of the subjects, a step at a time so that the follower isn't held up.</summary>
    /// <param name="from">Where to go on; 0 to begin.</param>
    /// <param name="visit">Is given each effect and the position of its listing; what is applied between two steps may be seen or not.</param>
    /// <param name="ofTokens">Those whose subjects came as tokens, instead of all others.</param>
    /// <returns>Where to go on; null at the end.</returns>
    public uint? WalkEffects(uint from, Action<SubjectEffect, long> visit, bool ofTokens = false)
    {
        const uint Step = 16_384;
        using (guard.HoldStill())
        {
            return tables[ofTokens ? SubjectKey.TokenVersion : keyVersion]?.Walk(from, Step, effect =>
            {
                if (entities.TryGet(effect.Entity, out _, out var position))
                {
                    visit(effect, position);
                }
            });
        }
    }

    /// <summary>From now on subjects are asked for by this version of their key. Everything must be filed under it.</summary>
    public void ActivateKeys(byte inForce)
    {
        using (guard.Write())
        {
            Volatile.Write(ref keyVersion, inForce);
            SetRules();
        }
    }

    /// <summary>Takes over a catalogue. For the follower.</summary>
    public void ApplyCatalogue(CatalogueIndex index, long position)
    {
        using (guard.Write())
        {
            Volatile.Write(ref catalogue, CatalogueInForce.Of(index, position, shares));
            SetRules();
        }
    }

    /// <summary>Takes over an agreement as it stands: what it recognises counts, or ceases to, from its event's position on. For the follower.</summary>
    public void ApplyAgreement(Agreement agreement)
    {
        using (guard.Write())
        {
            agreements[agreement.AgreementId] = agreement;
            Volatile.Write(ref recognition, RecognitionTable.Of(agreements.Values));
            SetRules();
        }
    }

    /// <summary>Takes over a flag of a recognised listing. For the follower.</summary>
    /// <param name="entity">The listing.</param>
    /// <param name="untilTicks">Until when, UTC ticks, exclusive; 0: it was taken back.</param>
    public void ApplyFlag(long entity, long untilTicks)
    {
        using (guard.Write())
        {
            Volatile.Write(ref flags, flags.With(entity, untilTicks));
            SetRules();
        }
    }

    /// <summary>The view, as it was filled, reflects a position. For the follower at a start.</summary>
    public void Filled(long position, DateTimeOffset recordedAt) => clock.Advance(position, recordedAt);

    /// <summary>The follower saw that the view's position is the ledger's head.</summary>
    public void AtHead() => clock.AtHead();

    /// <summary>The time of an evaluation: now, never before the position's record, never backwards.</summary>
    public DateTimeOffset AsOf() => clock.AsOf();

    /// <summary>Versions of the subject key that anything is filed under.</summary>
    internal IReadOnlyList<byte> KeyVersions => Volatile.Read(ref live);

    /// <summary>How often a listing was taken away: an image from before still has it.</summary>
    public int Removals => Volatile.Read(ref removals);

    /// <summary>Writes all listings, while the follower waits.</summary>
    /// <returns>The position that they are of.</returns>
    internal long WriteImage(ImageWriter to)
    {
        using (guard.HoldStill())
        {
            var position = Position;
            to.Number(position);
            TableImage.Write(to, Codes);
            TableImage.Write(to, entities);
            to.Number(live.Length);
            foreach (var of in live)
            {
                to.Number(of);
                TableImage.Write(to, tables[of]!, entities.Last);
            }

            return position;
        }
    }

    /// <summary>Takes over what <see cref="WriteImage"/> wrote; nothing, when the file or the proof throws.</summary>
    /// <param name="from">The file.</param>
    /// <param name="prove">Reads what follows in the file; false where the position's image is of no use, and throws where it doesn't fit.</param>
    /// <returns>The position; 0: the view is still empty.</returns>
    internal long LoadImage(ImageReader from, Predicate<long> prove)
    {
        var position = from.Number();
        TableImage.Read(from, Codes);
        var listings = new EntityTable();
        TableImage.Read(from, listings);
        var made = new Dictionary<byte, SubjectTable>();
        for (var i = from.Count(byte.MaxValue); i > 0; i--)
        {
            var table = made[(byte)from.Number()] = new SubjectTable();
            TableImage.Read(from, table, listings.Last);
        }

        if (!prove(position))
        {
            return 0;
        }

        entities = listings;
        foreach (var (of, table) in made)
        {
            tables[of] = table;
        }

        live = [.. made.Keys];
        return position;
    }

    // For the writer: readers get the new one with what it belongs to.
    private void SetRules() =>
        Volatile.Write(ref rules, catalogue is null ? null : new ReadingRules(Codes, catalogue.Index, keyVersion, recognition, flags));

    private static InvalidOperationException NoCatalogue() => new("No catalogue is in force.");

    private SubjectTable TableOf(byte version)
    {
        if (tables[version] is null)
        {
            Volatile.Write(ref tables[version], new SubjectTable());
            Volatile.Write(ref live, [.. live, version]);
        }

        return tables[version]!;
    }

    private static bool HasVersion(ReadOnlySpan<(SubjectKey Key, SubjectEffect Effect)> subjects, int version)
    {
        foreach (var (key, _) in subjects)
        {
            if (key.Version == version)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>One event being applied.</summary>
    public readonly ref struct EventScope
    {
        private readonly SequenceLock.WriteScope write;
        private readonly ViewClock clock;
        private readonly long position;
        private readonly DateTimeOffset recordedAt;

        internal EventScope(SequenceLock.WriteScope write, ViewClock clock, long position, DateTimeOffset recordedAt)
        {
            this.write = write;
            this.clock = clock;
            this.position = position;
            this.recordedAt = recordedAt;
        }

        /// <summary>Makes it visible.</summary>
        public void Dispose()
        {
            clock.Advance(position, recordedAt);
            write.Dispose();
        }
    }
}
