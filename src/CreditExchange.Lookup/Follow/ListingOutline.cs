using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>What tells the groups of a snapshot apart, read from an event's open part without parsing the rest of it.</summary>
/// <param name="ListCode">The list.</param>
/// <param name="Region">Region of the origin; empty: none.</param>
/// <param name="Agency">Agency of the origin; empty: none.</param>
/// <param name="State">The state after the event.</param>
/// <param name="SubjectKind">Kind of the subject that stands in the open part; null: none does.</param>
public readonly record struct ListingOutline(string ListCode, string Region, string Agency, ListingState State, IdKind? SubjectKind)
{
    /// <summary>Reads it; false for an event that is no listing's.</summary>
    /// <exception cref="InvalidDataException">The stored bytes are no message.</exception>
    public static bool TryRead(StoredEvent stored, out ListingOutline outline)
    {
        var fields = new WireFields(stored.Open.Span);
        while (fields.Next())
        {
            if (fields.Number == LedgerEvent.ListingFieldNumber)
            {
                outline = Read(fields.Bytes);
                return true;
            }
        }

        outline = default;
        return false;
    }

    private static ListingOutline Read(ReadOnlySpan<byte> listing)
    {
        var (list, region, agency) = ("", "", "");
        var state = ListingState.Unspecified;
        IdKind? kind = null;
        var fields = new WireFields(listing);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case Listing.ListCodeFieldNumber:
                    list = OpenPartReader.Code(fields.Bytes);
                    break;
                case Listing.StateFieldNumber:
                    state = (ListingState)fields.Value;
                    break;
                case Listing.OriginFieldNumber:
                    (region, agency) = ReadOrigin(fields.Bytes);
                    break;
                case Listing.SubjectFieldNumber:
                    kind = ReadKind(fields.Bytes);
                    break;
            }
        }

        return new ListingOutline(list, region, agency, state, kind);
    }

    private static (string Region, string Agency) ReadOrigin(ReadOnlySpan<byte> origin)
    {
        var (region, agency) = ("", "");
        var fields = new WireFields(origin);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case Origin.RegionFieldNumber:
                    region = OpenPartReader.Code(fields.Bytes);
                    break;
                case Origin.AgencyFieldNumber:
                    agency = OpenPartReader.Code(fields.Bytes);
                    break;
            }
        }

        return (region, agency);
    }

    private static IdKind ReadKind(ReadOnlySpan<byte> subject)
    {
        var kind = IdKind.Unspecified;
        var fields = new WireFields(subject);
        while (fields.Next())
        {
            kind = fields.Number == SubjectId.KindFieldNumber ? (IdKind)fields.Value : kind;
        }

        return kind;
    }
}
