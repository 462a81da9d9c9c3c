using CreditExchange.V1;

namespace CreditExchange.Domain.Listings;

/// <summary>Names of enum values as errors and logs say them: as in the protos, without the prefix.</summary>
public static class WireNames
{
    /// <summary>For example ACTIVE; an unknown value is its number.</summary>
    public static string Of(ListingState state) => Upper(state.ToString());

    /// <summary>For example DUTY_DONE; an unknown value is its number.</summary>
    public static string Of(EndGround ground) => Upper(ground.ToString());

    /// <summary>For example RESIDENT_ID; an unknown value is its number.</summary>
    public static string Of(IdKind kind) => Upper(kind.ToString());

    /// <summary>For example SUSPEND.</summary>
    public static string Of(ListingOperation operation) => Upper(operation.ToString());

    private static string Upper(string pascal)
    {
        var text = new System.Text.StringBuilder(pascal.Length + 4);
        for (var i = 0; i < pascal.Length; i++)
        {
            if (i > 0 && char.IsAsciiLetterUpper(pascal[i]))
            {
                text.Append('_');
            }

            text.Append(char.ToUpperInvariant(pascal[i]));
        }

        return text.ToString();
    }
}
