using System.Runtime.InteropServices;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Lookup;

/// <summary>
/// Reads of a listing's open part only what the views keep, and skips the rest unparsed: with a million listings a start
/// spent most of its time making texts and effects that nobody looked at.
/// </summary>
public static class OpenPartReader
{
    private static readonly uint ListingTag = WireFormat.MakeTag(LedgerEvent.ListingFieldNumber, WireFormat.WireType.LengthDelimited);

    /// <summary>An event with a listing's list code, times, state, origin and applied measures; null for other bodies.</summary>
    public static LedgerEvent? ReadListing(StoredEvent stored)
    {
        if (!MemoryMarshal.TryGetArray(stored.Open, out var bytes))
        {
            return null;
        }

        using var input = new CodedInputStream(bytes.Array!, bytes.Offset, bytes.Count);
        while (input.ReadTag() is not 0 and var tag)
        {
            if (tag != ListingTag)
            {
                input.SkipLastField();
                continue;
            }

            var length = input.ReadLength();
            using var inner = new CodedInputStream(bytes.Array!, bytes.Offset + (int)input.Position, length);
            return new LedgerEvent { Kind = stored.Kind, Listing = ReadFields(inner) };
        }

        return null;
    }

    private static Listing ReadFields(CodedInputStream input)
    {
        var listing = new Listing();
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case Listing.ListCodeFieldNumber:
                    listing.ListCode = input.ReadString();
                    break;
                case Listing.EffectiveFromFieldNumber:
                    input.ReadMessage(listing.EffectiveFrom = new());
                    break;
                case Listing.EffectiveUntilFieldNumber:
                    input.ReadMessage(listing.EffectiveUntil = new());
                    break;
                case Listing.StateFieldNumber:
                    listing.State = (ListingState)input.ReadEnum();
                    break;
                case Listing.OriginFieldNumber:
                    input.ReadMessage(listing.Origin = new());
                    break;
                case Listing.AppliedMeasuresFieldNumber:
                    var measure = new AppliedMeasure();
                    input.ReadMessage(measure);
                    listing.AppliedMeasures.Add(measure);
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return listing;
    }
}
