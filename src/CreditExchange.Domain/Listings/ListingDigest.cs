using System.Collections;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CreditExchange.Domain.Listings;

/// <summary>The normalised form of a request: what its digest covers, so that a retry is known by its content.</summary>
public static class ListingDigest
{
    private static readonly char[] Spaces = [' ', '\u3000'];

    /// <summary>
    /// Bytes of a request that are equal for equal content: output-only fields of every listing in it are cleared, unknown
    /// fields dropped, and spaces around texts removed. Take a MAC over them; they identify persons.
    /// </summary>
    public static byte[] Content(IMessage request)
    {
        var copy = request.Descriptor.Parser.WithDiscardUnknownFields(true).ParseFrom(request.ToByteString());
        Normalise(copy);
        return copy.ToByteArray();
    }

    /// <summary>A copy without what only the hub sets, and without spaces around its texts.</summary>
    public static Listing NormaliseInput(Listing listing) => ListingInput.Copy(listing);

    private static void Normalise(IMessage message)
    {
        if (message is Listing listing)
        {
            ClearOutput(listing);
        }

        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.IsMap || field.FieldType is not (FieldType.String or FieldType.Message))
            {
                continue;
            }

            var value = field.Accessor.GetValue(message);
            if (field.IsRepeated)
            {
                NormaliseItems((IList)value);
            }
            else if (value is string text)
            {
                var trimmed = text.Trim(Spaces);
                if (trimmed.Length != text.Length)
                {
                    field.Accessor.SetValue(message, trimmed);
                }
            }
            else if (value is IMessage part)
            {
                Normalise(part);
            }
        }
    }

    private static void NormaliseItems(IList items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is string text)
            {
                items[i] = text.Trim(Spaces);
            }
            else if (items[i] is IMessage part)
            {
                Normalise(part);
            }
        }
    }

    private static void ClearOutput(Listing listing)
    {
        listing.ListingId = "";
        listing.State = ListingState.Unspecified;
        listing.Revision = 0;
        listing.Origin = null;
        listing.Position = 0;
        listing.Effects = null;
        listing.AppliedMeasures.Clear();
        listing.SubjectToken = null;
        listing.Ending = null;
        listing.Provenances.Clear();
    }
}
