using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Cli.Reconcile;

/// <summary>By what a row of a file and a listing of the hub are the same: what the contract calls unique among live listings.</summary>
internal readonly record struct RowKey(string List, string SourceRef, IdKind Kind, string Number, string Issuer)
{
    /// <summary>The key of a listing; its subject is normalised.</summary>
    public static RowKey Of(Listing listing) =>
        new(listing.ListCode, listing.SourceRef, listing.Subject.Kind, listing.Subject.Number, listing.Subject.Issuer);

    /// <summary>The key of a row as it was read; false where its number can't be one.</summary>
    public static bool TryOf(Listing row, DateOnly today, out RowKey key)
    {
        key = default;
        if (!SubjectIds.TryNormalise(row.Subject, "listing.subject", today, out var subject, out _))
        {
            return false;
        }

        key = new RowKey(Trim(row.ListCode), Trim(row.SourceRef), subject.Kind, subject.Number, subject.Issuer);
        return true;
    }

    /// <summary>Without the spaces that the hub takes away.</summary>
    public static string Trim(string text) => text.Trim(' ', '\u3000');
}
