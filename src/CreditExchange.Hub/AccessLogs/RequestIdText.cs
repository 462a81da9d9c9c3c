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

    // Numbers of companies and passports have no form that tells them from a serial number, so only what is clearly a
    // person's, or as long as a company's, is hidden.
    private static bool HasLongNumber(string text)
    {
        var digits = 0;
        foreach (var c in text)
        {
            digits = char.IsAsciiDigit(c) ? digits + 1 : 0;
            if (digits >= 15)
            {
                return true;
            }
        }

        return HeldNumbers.Contains(text);
    }
}
