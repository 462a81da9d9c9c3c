using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Lookup.Effects;
using CreditExchange.V1;

namespace CreditExchange.Lookup.Tests;

/// <summary>
/// Random listings over a few subjects, kept twice: in the view, and in dictionaries that anybody can see are right.
/// </summary>
internal sealed class ListingModel
{
    public static readonly DateTimeOffset Start = new(2026, 6, 15, 0, 0, 0, TimeSpan.Zero);
    private const int MostListings = 200;
    private static readonly string[] Lists = [CodePool.Share("a.a"), CodePool.Share("b.b"), CodePool.Share("c.c")];
    private static readonly string[] Measures = [CodePool.Share("m1"), CodePool.Share("m2")];
    private readonly Random random;
    private readonly SortedDictionary<long, (long Position, List<(SubjectKey Key, ListingFact Fact)> Subjects)> listings = [];
    private readonly Dictionary<SubjectKey, SortedSet<long>> named = [];
    private readonly List<long> entities = [];

    public ListingModel(int seed, int subjects)
    {
        random = new Random(seed);
        Subjects = [.. Enumerable.Range(0, subjects).Select(_ => NewKey())];
        View = new LookupView(TimeProvider.System, () => Position);
        Catalogue = new CatalogueIndex(new Catalogue { Matters = { NewMatter() } });
        View.ApplyCatalogue(Catalogue, 1);
        Policy = new MatterPolicy(Catalogue, "m", DateOnly.FromDateTime(Start.Date));
        Table = new VerdictTable(Policy, View.Codes);
    }

    public SubjectKey[] Subjects { get; }

    public LookupView View { get; }

    public CatalogueIndex Catalogue { get; }

    public MatterPolicy Policy { get; }

    public VerdictTable Table { get; }

    public long Position { get; private set; }

    /// <summary>Each event is a second after the one before.</summary>
    public DateTimeOffset RecordedAt => Start.AddSeconds(Position);

    /// <summary>Publishes, changes or erases a listing, in the model; <see cref="Apply"/> does it in the view.</summary>
    public Change Next()
    {
        Position++;
        var index = random.Next(3 * MostListings) % (MostListings + (MostListings / 2));
        var isOld = index < entities.Count;
        var entity = isOld ? entities[index] : Position;
        var touched = Forget(entity);
        if (isOld && random.Next(4) == 0)
        {
            listings.Remove(entity);
            entities.RemoveAt(index);
            return new Change(entity, Position, RecordedAt, ListingState.Unspecified, [], touched);
        }

        if (!isOld)
        {
            entities.Add(entity);
        }

        var shared = NewFact(entity);
        var subjects = new List<(SubjectKey, ListingFact)>();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var role = i == 1 ? "subject" : "r" + random.Next(2);
            var key = Subjects[random.Next(Subjects.Length)];
            subjects.Add((key, shared with { Role = CodePool.Share(role), NameTag = NewName() }));
            (named.TryGetValue(key, out var of) ? of : named[key] = []).Add(entity);
        }

        listings[entity] = (Position, subjects);
        return new Change(entity, Position, RecordedAt, shared.State, subjects, [.. touched, .. subjects.Select(s => s.Item1)]);
    }

    /// <summary>Does a change in the view.</summary>
    public void Apply(Change change) => Apply(change, View);

    /// <summary>Does a change in another view.</summary>
    public static void Apply(Change change, LookupView view)
    {
        using (view.BeginEvent(change.Position, change.RecordedAt))
        {
            if (change.Subjects.Count == 0)
            {
                view.RemoveListing(change.Entity);
                return;
            }

            (SubjectKey, SubjectEffect)[] effects =
            [
                .. change.Subjects.Select(s => (s.Key, SubjectEffect.Of(s.Fact, view.Codes, change.RecordedAt.UtcTicks))),
            ];
            view.ApplyListing(change.Entity, change.State, change.Position, effects);
        }
    }

    /// <summary>What the model knows of a subject, in order of creation.</summary>
    public ListingFact[] FactsOf(in SubjectKey key)
    {
        var found = new List<ListingFact>();
        foreach (var entity in named.GetValueOrDefault(key) ?? [])
        {
            foreach (var (of, fact) in listings[entity].Subjects)
            {
                if (of == key)
                {
                    // A name's tag is kept by half.
                    found.Add(fact with { NameTag = SubjectEffect.NamePrintOf(fact.NameTag) });
                }
            }
        }

        return [.. found];
    }

    public IEnumerable<(long Entity, long Position)> Listings => listings.Select(l => (l.Key, l.Value.Position));

    public uint NewNamePrint() => SubjectEffect.NamePrintOf(NewName());

    private List<SubjectKey> Forget(long entity)
    {
        if (!listings.TryGetValue(entity, out var old))
        {
            return [];
        }

        foreach (var (key, _) in old.Subjects)
        {
            named[key].Remove(entity);
        }

        return old.Subjects.ConvertAll(s => s.Key);
    }

    /// <summary>A matter in which everything can happen.</summary>
    private static Matter NewMatter()
    {
        var matter = new Matter { Code = "m", ValidFrom = "2000-01-01", Basis = new LegalBasis { Document = "d" } };
        matter.Rules.Add(Rule("a.a", "", Conclusion.Restrict, "r0"));
        matter.Rules.Add(Rule("b.b", "m1", Conclusion.Restrict));
        matter.Rules.Add(Rule("b.b", "", Conclusion.Caution, "r1"));
        matter.Rules.Add(Rule("c.c", "", Conclusion.Favour));
        return matter;
    }

    private static MatterRule Rule(string list, string measure, Conclusion conclusion, params string[] roles) => new()
    {
        ListCodes = { list },
        Measure = measure,
        Conclusion = conclusion,
        Consequence = $"{conclusion}.{list}.{measure}",
        Roles = { roles },
    };

    private ListingFact NewFact(long entity)
    {
        var from = RecordedAt.AddDays(random.Next(-3, 2)).UtcTicks + (random.Next(8) == 0 ? 7 : 0);
        var until = random.Next(4) == 0 ? long.MaxValue : from + (random.Next(1, 5) * TimeSpan.TicksPerDay);
        MeasureFact[] measures =
        [
            .. Measures.Where(_ => random.Next(2) == 0).Select(m => random.Next(5) == 0
                ? new MeasureFact(m, from, RecordedAt.AddDays(random.Next(-1, 3)).UtcTicks)
                : new MeasureFact(m, from, until)),
        ];
        return new ListingFact(
            entity, Lists[random.Next(Lists.Length)], CodePool.Share("subject"), false, (ListingState)random.Next(1, 8), from, until, 0,
            CodePool.Share("460000"), CodePool.Share("hainan-court"), CodePool.Share(""), measures);
    }

    private ulong NewName() => random.Next(3) switch { 0 => 0, 1 => 0x11111111_00000000, _ => 0x22222222_00000000 };

    private SubjectKey NewKey() => new(1, (ulong)random.NextInt64(), (ulong)random.NextInt64());
}

/// <summary>One event of the model.</summary>
/// <param name="Entity">The listing.</param>
/// <param name="Position">The event's place.</param>
/// <param name="RecordedAt">When.</param>
/// <param name="State">State after it.</param>
/// <param name="Subjects">Whom it names after it; none: it was erased.</param>
/// <param name="Touched">Whom it named before or names now.</param>
internal sealed record Change(
    long Entity,
    long Position,
    DateTimeOffset RecordedAt,
    ListingState State,
    IReadOnlyList<(SubjectKey Key, ListingFact Fact)> Subjects,
    IReadOnlyList<SubjectKey> Touched);
