using CreditExchange.Domain.Subjects;
using CreditExchange.Lookup.Effects;

namespace CreditExchange.Lookup.Index;

/// <summary>
/// Subjects and their effects under one version of the subject key. One writer; readers take no lock, allocate nothing, and
/// are told by <see cref="LookupView"/>'s version when they raced with the writer and must read again.
/// </summary>
internal sealed class SubjectTable
{
    private readonly Chunks<IndexEntry> entries;
    private readonly Buckets buckets;
    private readonly ManyEffects many = new();
    private readonly EntityWays ways = new();
    private readonly Stack<uint> free = new();
    private readonly List<(uint Number, byte Tag)> candidates = [];
    private readonly List<SubjectEffect> merged = [];
    private uint next;

    public SubjectTable()
    {
        entries = new Chunks<IndexEntry>();
        buckets = new Buckets(entries);
    }

    /// <summary>Number of subjects.</summary>
    public int Count => (int)next - free.Count;

    /// <summary>What is known of a subject. Where the writer was at work meanwhile the answer may be wrong.</summary>
    public void Read(in SubjectKey key, out EffectSet effects)
    {
        if (!buckets.TryFind(IndexEntry.PrintOf(key), IndexEntry.TagOf(key), out _, out var entry))
        {
            effects = default;
        }
        else if (!entry.IsMany)
        {
            effects = new EffectSet(entry);
        }
        else
        {
            effects = many.Find(entry.Many) is { } all ? new EffectSet(all) : default;
        }
    }

    /// <summary>Whether a listing is filed here.</summary>
    public bool Contains(uint entity) => ways.Contains(entity);

    /// <summary>Files a listing under its subjects and under nobody else any more.</summary>
    /// <param name="entity">The listing.</param>
    /// <param name="subjects">Its subjects with its effects on them; one may stand there in several roles.</param>
    public void Set(uint entity, ReadOnlySpan<(SubjectKey Key, SubjectEffect Effect)> subjects)
    {
        Span<uint> stems = subjects.Length <= 32 ? stackalloc uint[subjects.Length] : new uint[subjects.Length];
        var count = 0;
        for (var i = 0; i < subjects.Length; i++)
        {
            var print = IndexEntry.PrintOf(subjects[i].Key);
            if (IsFirst(subjects, i))
            {
                SetOne(entity, print, IndexEntry.TagOf(subjects[i].Key), subjects, i);
            }

            var stem = Buckets.Stem(print);
            if (!stems[..count].Contains(stem))
            {
                stems[count++] = stem;
            }
        }

        DropOthers(entity, subjects);
        ways.Set(entity, stems[..count]);
    }

    /// <summary>Takes a listing away.</summary>
    public void Remove(uint entity)
    {
        if (ways.Contains(entity))
        {
            DropOthers(entity, []);
            ways.Set(entity, []);
        }
    }

    /// <summary>Effects in order of their entries, from one entry on, for a walk in short steps.</summary>
    /// <param name="from">Where to go on.</param>
    /// <param name="most">Entries to look at.</param>
    /// <param name="visit">Is given each effect.</param>
    /// <returns>Where to go on; null at the end.</returns>
    public uint? Walk(uint from, uint most, Action<SubjectEffect> visit)
    {
        var until = (uint)Math.Min((ulong)from + most, next);
        for (var number = from; number < until; number++)
        {
            // One that is free has an entity of 0.
            var entry = entries[number];
            if (entry.IsMany)
            {
                foreach (var effect in many.Find(entry.Many) ?? [])
                {
                    visit(effect);
                }
            }
            else if (entry.Entity != 0)
            {
                visit(entry.ToEffect());
            }
        }

        return until == next ? null : until;
    }

    /// <summary>The parts, for an image.</summary>
    public TableParts Parts => new(entries, buckets, many, ways, free) { Next = next };

    /// <summary>Takes over how far the entries go, after an image has filled the parts.</summary>
    public void Restore(uint nextEntry) => next = nextEntry;

    private static bool IsFirst(ReadOnlySpan<(SubjectKey Key, SubjectEffect Effect)> subjects, int index)
    {
        for (var i = 0; i < index; i++)
        {
            if (subjects[i].Key == subjects[index].Key)
            {
                return false;
            }
        }

        return true;
    }

    // Puts all of the listing's effects on the subject at an index beside those of other listings.
    private void SetOne(
        uint entity, ulong print, byte tag, ReadOnlySpan<(SubjectKey Key, SubjectEffect Effect)> subjects, int index)
    {
        if (!buckets.TryFind(print, tag, out var number, out var entry))
        {
            number = free.TryPop(out var reused) ? reused : next++;
            entries.Ensure(number) = new IndexEntry { Print = print };
            merged.Clear();
            Append(subjects, index);
            Store(number, print);
            buckets.Add(print, tag, number);
            return;
        }

        merged.Clear();
        Others(entry, entity, before: true);
        Append(subjects, index);
        Others(entry, entity, before: false);
        Store(number, print);
    }

    private void Append(ReadOnlySpan<(SubjectKey Key, SubjectEffect Effect)> subjects, int index)
    {
        for (var i = index; i < subjects.Length; i++)
        {
            if (subjects[i].Key == subjects[index].Key)
            {
                merged.Add(subjects[i].Effect);
            }
        }
    }

    // Listings stand in order of creation.
    private void Others(in IndexEntry entry, uint entity, bool before)
    {
        if (!entry.IsMany)
        {
            if (entry.Entity != 0 && entry.Entity != entity && entry.Entity < entity == before)
            {
                merged.Add(entry.ToEffect());
            }

            return;
        }

        foreach (var effect in many.Find(entry.Many)!)
        {
            if (effect.Entity != entity && effect.Entity < entity == before)
            {
                merged.Add(effect);
            }
        }
    }

    // Writes the merged effects into an entry that is found already or will be.
    private void Store(uint number, ulong print)
    {
        ref var entry = ref entries[number];
        if (merged.Count == 1 && IndexEntry.Fits(merged[0]))
        {
            if (entry.IsMany)
            {
                many.Remove(entry.Many);
            }

            entry = IndexEntry.Of(print, merged[0]);
        }
        else if (entry.IsMany)
        {
            many.Set(entry.Many, [.. merged]);
        }
        else
        {
            entry = IndexEntry.OfMany(print, many.Add([.. merged]));
        }
    }

    // Subjects that the listing no longer names.
    private void DropOthers(uint entity, ReadOnlySpan<(SubjectKey Key, SubjectEffect Effect)> subjects)
    {
        Span<uint> buffer = stackalloc uint[1];
        foreach (var stem in ways.Of(entity, buffer))
        {
            candidates.Clear();
            buckets.FindStem(stem, candidates);
            foreach (var (number, tag) in candidates)
            {
                var entry = entries[number];
                if (!Names(subjects, entry.Print, tag))
                {
                    Drop(number, tag, entry, entity);
                }
            }
        }
    }

    private void Drop(uint number, byte tag, in IndexEntry entry, uint entity)
    {
        merged.Clear();
        Others(entry, entity, before: true);
        Others(entry, entity, before: false);
        if (merged.Count > 0)
        {
            Store(number, entry.Print);
            return;
        }

        buckets.Remove(entry.Print, tag, number);
        if (entry.IsMany)
        {
            many.Remove(entry.Many);
        }

        entries[number] = default;
        free.Push(number);
    }

    private static bool Names(ReadOnlySpan<(SubjectKey Key, SubjectEffect Effect)> subjects, ulong print, byte tag)
    {
        foreach (var (key, _) in subjects)
        {
            if (IndexEntry.PrintOf(key) == print && IndexEntry.TagOf(key) == tag)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>What a table is made of, for reading and writing an image.</summary>
internal readonly record struct TableParts(
    Chunks<IndexEntry> Entries, Buckets Buckets, ManyEffects Many, EntityWays Ways, Stack<uint> Free)
{
    public uint Next { get; init; }
}
