using System.Collections.Concurrent;

namespace CreditExchange.Domain.Verdicts;

/// <summary>
/// One string for each code of the catalogue, region and agency, so that millions of facts share them. The runtime's own
/// pool (string.Intern) takes a lock and a microsecond each time; and there are ten of them in a listing.
/// </summary>
public static class CodePool
{
    private static readonly ConcurrentDictionary<string, string> Codes = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        Codes.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The shared string that equals this one. For small closed sets only: nothing is ever forgotten.</summary>
    public static string Share(string code) => Codes.TryGetValue(code, out var known) ? known : Codes.GetOrAdd(code, code);

    /// <summary>The same; makes a string only of a code never seen before.</summary>
    public static string Share(ReadOnlySpan<char> code) => BySpan.TryGetValue(code, out var known) ? known : Share(code.ToString());
}
