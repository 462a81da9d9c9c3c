using System.Collections.Concurrent;
using System.Numerics;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.Lookup.Effects;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>
/// Which ids belong to one subject, and the listings that carry over between them by the rule of <see cref="SubjectLinks"/>.
/// </summary>
internal sealed class SubjectLinkGraph
{
    // Chains of documents are short; a longer one is somebody's mistake and must not make checks slow.
    private const int MaxWays = 32;
    private readonly ConcurrentDictionary<SubjectKey, Edge[]> edges = new();
    private readonly Dictionary<long, List<Link>> active = [];

    // The dictionary itself takes all its locks to say that it is empty, and each check asks.
    private int linked;

    /// <summary>Whether there are no links at all, the common case.</summary>
    public bool IsEmpty => Volatile.Read(ref linked) == 0;

    /// <summary>Whether an id is linked to another.</summary>
    public bool Touches(in SubjectKey key) => edges.ContainsKey(key);

    /// <summary>Takes over a link event; the entity is the link's.</summary>
    public void Apply(long entity, SubjectKey from, SubjectKey to, SubjectRelation relation, bool isActive)
    {
        if (isActive)
        {
            Add(entity, new Link(from, to, relation));
        }
        else
        {
            Drop(entity, _ => true);
        }
    }

    /// <summary>Files an active link under another version of the subject key too; a link that isn't active is left alone.</summary>
    public bool AddKeys(long entity, SubjectKey from, SubjectKey to)
    {
        if (active.TryGetValue(entity, out var known))
        {
            Add(entity, new Link(from, to, known[0].Relation));
        }

        return known is not null;
    }

    /// <summary>Takes away what is filed under a version.</summary>
    public void DropKeys(byte version)
    {
        foreach (var entity in active.Keys.ToArray())
        {
            Drop(entity, link => link.From.Version == version);
        }
    }

    /// <summary>Active links that aren't filed under a version.</summary>
    public void Lacking(byte version, List<long> found)
    {
        foreach (var (entity, known) in active)
        {
            if (!known.Exists(link => link.From.Version == version))
            {
                found.Add(entity);
            }
        }
    }

    private void Add(long entity, Link link)
    {
        // The same again, or the version's ids as they are now.
        Drop(entity, known => known.From.Version == link.From.Version);
        if (!active.TryGetValue(entity, out var all))
        {
            active[entity] = all = [];
        }

        all.Add(link);
        Add(link.To, new Edge(entity, link.From, link.Relation, SubjectLinks.Reach(link.Relation, forward: true)));
        Add(link.From, new Edge(entity, link.To, link.Relation, SubjectLinks.Reach(link.Relation, forward: false)));
    }

    private void Drop(long entity, Predicate<Link> which)
    {
        if (!active.TryGetValue(entity, out var known))
        {
            return;
        }

        foreach (var link in known.FindAll(which))
        {
            Remove(link.From, entity);
            Remove(link.To, entity);
            known.Remove(link);
        }

        if (known.Count == 0)
        {
            active.Remove(entity);
        }
    }

    /// <summary>The effects on an id and those on other ids that carry over to it.</summary>
    /// <param name="key">The id.</param>
    /// <param name="own">The effects on itself.</param>
    /// <param name="read">Reads those on another.</param>
    /// <param name="codes">Knows their shapes.</param>
    /// <param name="catalogue">Knows which lists carry over.</param>
    public SubjectEffect[] Collect(
        SubjectKey key, in EffectSet own, Func<SubjectKey, EffectSet> read, EffectCodes codes, CatalogueIndex catalogue)
    {
        var result = new List<SubjectEffect>(own.Count + 1);
        for (var i = 0; i < own.Count; i++)
        {
            result.Add(own[i]);
        }

        // Each id with the relations through which its effects must pass, a bit for each; none lets all pass. An id that is
        // reached in two ways is taken in both: the second may carry what the first does not.
        var seen = new HashSet<(SubjectKey Key, ulong Through)> { (key, 0) };
        var queue = new Queue<(SubjectKey Key, ulong Through)>(seen);
        while (queue.TryDequeue(out var at) && seen.Count <= MaxWays)
        {
            foreach (var edge in edges.GetValueOrDefault(at.Key) ?? [])
            {
                var through = edge.Reach == LinkReach.All ? at.Through : at.Through | 1UL << (int)edge.Relation;
                if (edge.Reach == LinkReach.None || !seen.Add((edge.Other, through)))
                {
                    continue;
                }

                var others = read(edge.Other);
                for (var i = 0; i < others.Count; i++)
                {
                    var effect = others[i];
                    if (Passes(codes[effect.Code], through, catalogue) && !Holds(result, effect, codes))
                    {
                        result.Add(effect);
                    }
                }

                queue.Enqueue((edge.Other, through));
            }
        }

        return [.. result];
    }

    // The same listing in the same role, by another way.
    private static bool Holds(List<SubjectEffect> effects, in SubjectEffect one, EffectCodes codes)
    {
        foreach (var other in effects)
        {
            if (other.Entity == one.Entity && codes[other.Code].Role == codes[one.Code].Role)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Passes(EffectShape shape, ulong through, CatalogueIndex catalogue)
    {
        if (through == 0)
        {
            return true;
        }

        var kind = catalogue.Catalogue.ListKinds.LastOrDefault(k => k.Code == shape.ListCode);
        for (; kind is not null && through != 0; through &= through - 1)
        {
            if (!SubjectLinks.Carries((SubjectRelation)BitOperations.TrailingZeroCount(through), forward: true, kind))
            {
                return false;
            }
        }

        return kind is not null;
    }

    private void Add(SubjectKey key, Edge edge)
    {
        var before = edges.GetValueOrDefault(key);
        edges[key] = [.. before ?? [], edge];
        Volatile.Write(ref linked, linked + (before is null ? 1 : 0));
    }

    private void Remove(SubjectKey key, long entity)
    {
        var rest = Array.FindAll(edges.GetValueOrDefault(key) ?? [], e => e.Entity != entity);
        if (rest.Length == 0)
        {
            Volatile.Write(ref linked, linked - (edges.TryRemove(key, out _) ? 1 : 0));
        }
        else
        {
            edges[key] = rest;
        }
    }

    private readonly record struct Link(SubjectKey From, SubjectKey To, SubjectRelation Relation);

    // Leads from an id to another whose listings reach it.
    private readonly record struct Edge(long Entity, SubjectKey Other, SubjectRelation Relation, LinkReach Reach);
}
