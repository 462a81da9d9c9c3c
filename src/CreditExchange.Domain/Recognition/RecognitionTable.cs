using System.Collections.Frozen;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Verdicts;
using CreditExchange.V1;

namespace CreditExchange.Domain.Recognition;

/// <summary>A row of an agreement in force, ready to be asked.</summary>
/// <param name="Agreement">The agreement's id.</param>
/// <param name="Region">The party whose listings it recognises.</param>
/// <param name="ListCode">The list as which they count.</param>
/// <param name="Article">Where in the agreement it stands.</param>
/// <param name="Measures">Measures recognised; empty: those of the receiving list.</param>
/// <param name="Matters">Matters in which they count; empty: all.</param>
/// <param name="Basis">The receiving side's law, document and article; empty: none, so a hit never restricts.</param>
/// <param name="MaxAge">Oldest data of the partner that counts fully; null: no bound.</param>
public sealed record RecognisedRow(
    string Agreement, string Region, string ListCode, string Article, FrozenSet<string> Measures, FrozenSet<string> Matters,
    string Basis, TimeSpan? MaxAge)
{
    /// <summary>Whether it counts in a matter.</summary>
    public bool CountsIn(string matter) => Matters.Count == 0 || Matters.Contains(matter);

    /// <summary>Whether it recognises a measure.</summary>
    public bool Recognises(string measure) => Measures.Count == 0 || Measures.Contains(measure);
}

/// <summary>
/// What is recognised by which agreement, at one position of the ledger. Immutable; another one with each event of an agreement. Only
/// agreements that are IN_FORCE stand in it; whether a day is one of theirs is asked each time.
/// </summary>
public sealed class RecognitionTable
{
    /// <summary>No agreement.</summary>
    public static readonly RecognitionTable Empty = new([]);

    private readonly FrozenDictionary<string, Compiled> agreements;

    private RecognitionTable(IEnumerable<Compiled> compiled) =>
        agreements = compiled.ToFrozenDictionary(c => c.Id, StringComparer.Ordinal);

    /// <summary>The table of agreements, whatever their state.</summary>
    public static RecognitionTable Of(IEnumerable<Agreement> all)
    {
        var compiled = all.Where(a => a.State == AgreementState.InForce).Select(a => new Compiled(a)).ToList();
        return compiled.Count == 0 ? Empty : new RecognitionTable(compiled);
    }

    /// <summary>Whether no agreement is in force.</summary>
    public bool IsEmpty => agreements.Count == 0;

    /// <summary>The row by which a recognised listing counts; null: it doesn't, on that day.</summary>
    /// <param name="agreement">The agreement that it is recognised under.</param>
    /// <param name="region">Region of its origin.</param>
    /// <param name="listCode">The list as which it counts here.</param>
    /// <param name="day">The legal day.</param>
    public RecognisedRow? Find(string agreement, string region, string listCode, DateOnly day)
    {
        if (!agreements.TryGetValue(agreement, out var known) || !known.Covers(day))
        {
            return null;
        }

        foreach (var row in known.Rows)
        {
            if (row.Row.ListCode == listCode && known.PartyOf(region) == row.Row.Region)
            {
                return row.Row;
            }
        }

        return null;
    }

    /// <summary>The row of a partner's list under one agreement; null: none, or not on that day.</summary>
    /// <param name="agreement">The agreement.</param>
    /// <param name="party">The party whose list it is.</param>
    /// <param name="originList">The list, by that party's catalogue.</param>
    /// <param name="day">The legal day.</param>
    public RecognisedRow? FindOrigin(string agreement, string party, string originList, DateOnly day)
    {
        if (!agreements.TryGetValue(agreement, out var known) || !known.Covers(day))
        {
            return null;
        }

        foreach (var row in known.Rows)
        {
            if (row.Row.Region == party && row.OriginLists.Contains(originList))
            {
                return row.Row;
            }
        }

        return null;
    }

    /// <summary>The same under whichever agreement covers the list; null: none.</summary>
    public RecognisedRow? FindOrigin(string party, string originList, DateOnly day)
    {
        foreach (var id in agreements.Keys)
        {
            if (FindOrigin(id, party, originList, day) is { } row)
            {
                return row;
            }
        }

        return null;
    }

    /// <summary>Whether a list of one side may go to the other's hub: an agreement of the two has a row for it.</summary>
    /// <param name="hubId">The agency under which the reading hub calls.</param>
    /// <param name="region">Region of the listing's origin.</param>
    /// <param name="originList">The list.</param>
    /// <param name="day">The legal day.</param>
    public bool SharesWith(string hubId, string region, string originList, DateOnly day)
    {
        foreach (var known in agreements.Values)
        {
            if (known.Covers(day) && known.RegionOf(hubId) is { } reader && known.PartyOf(region) is { } owner && owner != reader
                && known.Rows.Any(r => r.Row.Region == owner && r.OriginLists.Contains(originList)))
            {
                return true;
            }
        }

        return false;
    }

    private sealed class Compiled
    {
        private readonly DateOnly from;
        private readonly DateOnly until;
        private readonly string[] parties;
        private readonly FrozenDictionary<string, string> hubs;

        public Compiled(Agreement agreement)
        {
            var terms = AgreementTerms.Parser.ParseFrom(agreement.Signed.Terms);
            Id = CodePool.Share(terms.AgreementId);
            from = LegalDay.Parse(terms.From, "from");
            until = LegalDay.Parse(terms.Until, "until");
            // The narrower region first: a city may have an agreement with its own province.
            parties = [.. terms.Parties.Select(p => p.Region).OrderByDescending(RegionReach.DigitsOf)];
            hubs = terms.Parties.ToFrozenDictionary(p => p.HubId, p => p.Region, StringComparer.Ordinal);
            Rows =
            [
                .. terms.Rows.Select(r => (
                    new RecognisedRow(
                        Id,
                        r.FromRegion,
                        CodePool.Share(r.ReceivingListCode),
                        r.Article,
                        r.Measures.ToFrozenSet(StringComparer.Ordinal),
                        r.Matters.ToFrozenSet(StringComparer.Ordinal),
                        r.ReceivingBasis is { } b ? $"{b.Document} {b.Article}" : "",
                        terms.MaxAge?.ToTimeSpan()),
                    r.OriginListCodes.ToFrozenSet(StringComparer.Ordinal))),
            ];
        }

        public string Id { get; }

        public (RecognisedRow Row, FrozenSet<string> OriginLists)[] Rows { get; }

        public bool Covers(DateOnly day) => from <= day && day < until;

        public string? RegionOf(string hubId) => hubs.GetValueOrDefault(hubId);

        public string? PartyOf(string region) => Array.Find(parties, p => RegionReach.LiesIn(region, p));
    }
}
