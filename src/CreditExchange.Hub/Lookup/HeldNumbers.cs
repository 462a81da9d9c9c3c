using CreditExchange.Domain.Subjects;

namespace CreditExchange.Hub.Lookup;

/// <summary>Finds an identity number inside another text, so that it doesn't get into a log by the back door.</summary>
public static class HeldNumbers
{
    /// <summary>Whether a text holds 18 characters in a row that are a resident identity number by their check digit.</summary>
    public static bool Contains(ReadOnlySpan<char> text)
    {
        for (var start = 0; start + 18 <= text.Length; start++)
        {
            if (IsResidentId(text.Slice(start, 18)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsResidentId(ReadOnlySpan<char> number)
    {
        if (number[..17].ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        // A day that can be: else every long case number with a lucky last digit would be refused.
        var month = ((number[10] - '0') * 10) + number[11] - '0';
        var day = ((number[12] - '0') * 10) + number[13] - '0';
        return number[6] is '1' or '2' && month is >= 1 and <= 12 && day is >= 1 and <= 31
            && ResidentId.CheckDigit(number) == char.ToUpperInvariant(number[17]);
    }
}
