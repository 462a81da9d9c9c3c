using System.Text;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Lookup;

/// <summary>
/// Reads of a listing's open part only what the views keep, and skips the rest unparsed: with a million listings a start
/// spent most of its time making texts, times and effects that nobody looked at.
/// </summary>
public static class OpenPartReader
{
    /// <summary>
    /// The newest event of an entity as far as a view looks at it: of a listing what <see cref="ReadListing"/> reads, of
    /// others the open part; a link whole.
    /// </summary>
    public static LedgerEvent Read(ILedger ledger, StateRow row) => IsLink(row.Event)
        ? ledger.Open(ledger.Last(row.Entity)!)
        : ReadListing(row.Event) ?? ledger.OpenPart(row.Event);

    /// <summary>Whether an event is a link's. A link between persons is personal as a whole; links are few.</summary>
    public static bool IsLink(StoredEvent stored) => stored.Kind is EventKind.SubjectLinked or EventKind.SubjectUnlinked;

    /// <summary>An event with a listing's list code, times, state, origin and applied measures; null for other bodies.</summary>
    public static LedgerEvent? ReadListing(StoredEvent stored)
    {
        var fields = new WireFields(stored.Open.Span);
        while (fields.Next())
        {
            if (fields.Number == LedgerEvent.ListingFieldNumber)
            {
                return new LedgerEvent { Kind = stored.Kind, Listing = ReadFields(fields.Bytes) };
            }
        }

        return null;
    }

    private static Listing ReadFields(ReadOnlySpan<byte> bytes)
    {
        var listing = new Listing();
        var fields = new WireFields(bytes);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case Listing.ListCodeFieldNumber:
                    listing.ListCode = Code(fields.Bytes);
                    break;
                case Listing.EffectiveFromFieldNumber:
                    listing.EffectiveFrom = Time(fields.Bytes, null, null);
                    break;
                case Listing.EffectiveUntilFieldNumber:
                    listing.EffectiveUntil = Time(fields.Bytes, null, null);
                    break;
                case Listing.StateFieldNumber:
                    listing.State = (ListingState)fields.Value;
                    break;
                case Listing.OriginFieldNumber:
                    listing.Origin = ReadOrigin(fields.Bytes);
                    break;
                case Listing.AppliedMeasuresFieldNumber:
                    listing.AppliedMeasures.Add(ReadMeasure(fields.Bytes, listing));
                    break;
            }
        }

        return listing;
    }

    private static Origin ReadOrigin(ReadOnlySpan<byte> bytes)
    {
        var origin = new Origin();
        var fields = new WireFields(bytes);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case Origin.RegionFieldNumber:
                    origin.Region = Code(fields.Bytes);
                    break;
                case Origin.AgencyFieldNumber:
                    origin.Agency = Code(fields.Bytes);
                    break;
                case Origin.AgreementFieldNumber:
                    origin.Agreement = Code(fields.Bytes);
                    break;
            }
        }

        return origin;
    }

    private static AppliedMeasure ReadMeasure(ReadOnlySpan<byte> bytes, Listing listing)
    {
        var measure = new AppliedMeasure();
        var fields = new WireFields(bytes);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case AppliedMeasure.CodeFieldNumber:
                    measure.Code = Code(fields.Bytes);
                    break;
                case AppliedMeasure.FromFieldNumber:
                    measure.From = Time(fields.Bytes, listing.EffectiveFrom, listing.EffectiveUntil);
                    break;
                case AppliedMeasure.UntilFieldNumber:
                    measure.Until = Time(fields.Bytes, listing.EffectiveUntil, listing.EffectiveFrom);
                    break;
                case AppliedMeasure.EndedByRepairFieldNumber:
                    measure.EndedByRepair = fields.Value != 0;
                    break;
                case AppliedMeasure.PermanentFieldNumber:
                    measure.Permanent = fields.Value != 0;
                    break;
            }
        }

        return measure;
    }

    // Most measures run as long as their listing: one of its two times is shared then. Fields come in the order of their
    // numbers, so the listing's stand before its measures'; were they not, nothing would be shared and nothing wrong.
    private static Timestamp Time(ReadOnlySpan<byte> bytes, Timestamp? likely, Timestamp? other)
    {
        var (seconds, nanos) = (0L, 0);
        var fields = new WireFields(bytes);
        while (fields.Next())
        {
            if (fields.Number == Timestamp.SecondsFieldNumber)
            {
                seconds = (long)fields.Value;
            }
            else if (fields.Number == Timestamp.NanosFieldNumber)
            {
                nanos = (int)fields.Value;
            }
        }

        return Is(likely) ? likely! : Is(other) ? other! : new Timestamp { Seconds = seconds, Nanos = nanos };

        bool Is(Timestamp? known) => known is not null && known.Seconds == seconds && known.Nanos == nanos;
    }

    /// <summary>The shared string of a code in UTF-8.</summary>
    internal static string Code(ReadOnlySpan<byte> utf8)
    {
        Span<char> text = stackalloc char[64];
        return utf8.Length <= text.Length
            ? CodePool.Share(text[..Encoding.UTF8.GetChars(utf8, text)])
            : CodePool.Share(Encoding.UTF8.GetString(utf8));
    }
}
