using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Verdicts;

namespace CreditExchange.Lookup;

/// <summary>
/// A role as the one byte that the ledger keeps beside a subject key: 0 the subject itself, else the number that the
/// catalogue gives the role, with the top bit for an organisation that is related to a listed person.
/// </summary>
public static class RoleNumbers
{
    /// <summary>The byte of the listing's own subject.</summary>
    public const byte Subject = 0;

    private const byte Reverse = 0x80;

    /// <summary>The byte of a role.</summary>
    public static byte Of(CatalogueIndex catalogue, string role, bool isReverse)
    {
        if (role == ListingFacts.SubjectRole)
        {
            return 0;
        }

        foreach (var row in catalogue.Catalogue.Roles)
        {
            if (row.Code == role)
            {
                return (byte)(row.Number | (isReverse ? Reverse : 0u));
            }
        }

        throw new InvalidOperationException($"The catalogue has no role '{role}'.");
    }

    /// <summary>The role of a byte.</summary>
    public static (string Role, bool IsReverse) Read(CatalogueIndex catalogue, byte number)
    {
        if (number == 0)
        {
            return (ListingFacts.SubjectRole, false);
        }

        foreach (var row in catalogue.Catalogue.Roles)
        {
            if (row.Number == (number & ~Reverse))
            {
                return (CodePool.Share(row.Code), (number & Reverse) != 0);
            }
        }

        // A catalogue that dropped a role: nobody counts in it any more.
        return ("", (number & Reverse) != 0);
    }
}
