using System.Buffers;
using System.Text;
using CreditExchange.Hub.Lookup;
using CreditExchange.Ledger;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>
/// A caller's request id as the log keeps it. Callers put what they like into it, so one that could hold a name or an
/// identity number is kept as a keyed hash: found again by who knows it, and telling nothing to who doesn't.
/// </summary>
public sealed class RequestIdText(ILedger ledger)
{
    private const int Longest = 64;
    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>The id, or "~" and 32 hex digits.</summary>
    public string Of(string requestId)
    {
        if (requestId.Length == 0 || (requestId.Length <= Longest && !requestId.AsSpan().ContainsAnyExcept(Plain) && !HasLongNumber(requestId)))
        {
            return requestId;
        }

        Span<byte> mac = stackalloc byte[16];
        ledger.Keys.Request.Mac(Encoding.UTF8.GetBytes(requestId.Length <= 1_024 ? requestId : requestId[..1_024]), mac);
        return "~" + Convert.ToHexStringLower(mac);
    }

    // A resident's and a company's number have 15 or 18 digits and capitals in a row; what else looks so is hidden with them.
    // A passport's number can't be told from a serial number.
    private static bool HasLongNumber(string text)
    {
        var length = 0;
        foreach (var c in text)
        {
            length = char.IsAsciiDigit(c) || char.IsAsciiLetterUpper(c) ? length + 1 : 0;
            if (length >= 15)
            {
                return true;
            }
        }

        return HeldNumbers.Contains(text);
    }
}
