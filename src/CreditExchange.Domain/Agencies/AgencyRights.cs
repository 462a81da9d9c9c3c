using CreditExchange.V1;

namespace CreditExchange.Domain.Agencies;

/// <summary>What an agency's rights allow. A revoked agency has none.</summary>
public static class AgencyRights
{
    /// <summary>Whether it holds a scope of <see cref="Scopes"/>.</summary>
    public static bool Has(Agency agency, string scope) =>
        !agency.Revoked && agency.Rights is not null && agency.Rights.Scopes.Contains(scope);

    /// <summary>Whether it may publish, amend, suspend, reinstate and withdraw listings of a kind.</summary>
    public static bool MayPublish(Agency agency, ListKind kind) =>
        Has(agency, Scopes.Publish) && agency.Rights.Publish.Contains(kind.Code) && kind.Publishers.Contains(agency.Kind);

    /// <summary>Whether it may end listings of a kind: its publisher, or whom the catalogue names beside it.</summary>
    public static bool MayEnd(Agency agency, ListKind kind) =>
        Has(agency, Scopes.Publish)
        && agency.Rights.End.Contains(kind.Code)
        && (kind.Publishers.Contains(agency.Kind) || kind.Enders.Contains(agency.Kind));

    /// <summary>Whether it may ask a matter: named itself, by "*", or by a group ("dutyfree.*").</summary>
    public static bool MayAsk(Agency agency, string matter)
    {
        if (!Has(agency, Scopes.Check))
        {
            return false;
        }

        foreach (var right in agency.Rights.Matters)
        {
            if (right == "*" || right == matter)
            {
                return true;
            }

            if (right.EndsWith(".*", StringComparison.Ordinal)
                && matter.AsSpan().StartsWith(right.AsSpan(0, right.Length - 1), StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
