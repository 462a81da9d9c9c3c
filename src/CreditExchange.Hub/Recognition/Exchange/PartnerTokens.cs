using CreditExchange.Domain.Subjects;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>
/// Finds the listings that partners have sent of a natural person: makes the person's token under each live key of each partner and looks
/// into the table of tokens, which is empty where nothing came.
/// </summary>
public sealed class PartnerTokens(AgreementsView agreements, PartnerBook partners, TokenKeys keys, LookupView view)
{
    private volatile Made made = new(new object(), 0, []);

    /// <summary>The keys of a person's tokens; none of an organisation, or where no partner has sent any.</summary>
    public SubjectKey[] TokensOf(SubjectId normal)
    {
        if (!view.HoldsTokens || !SubjectIds.IsNaturalPerson(normal.Kind))
        {
            return [];
        }

        Span<byte> encoding = stackalloc byte[SubjectEncoding.Length];
        SubjectEncoding.Encode(normal, encoding);
        var keyers = Keyers();
        var tokens = new SubjectKey[keyers.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = keyers[i].Compute(encoding) with { Version = SubjectKey.TokenVersion };
        }

        return tokens;
    }

    private SubjectKeyer[] Keyers()
    {
        var now = made;
        var known = agreements.All;
        if (!ReferenceEquals(now.Agreements, known) || now.Changes != keys.Changes)
        {
            var changes = keys.Changes;
            made = now = new Made(known, changes, [.. partners.Regions.SelectMany(r => keys.VersionsOf(r).Select(v => keys.Keyer(r, v)))]);
        }

        return now.Keyers;
    }

    private sealed record Made(object Agreements, int Changes, SubjectKeyer[] Keyers);
}
