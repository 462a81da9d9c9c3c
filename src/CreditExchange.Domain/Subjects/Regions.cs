using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// Region codes of GB/T 2260 as numbers carry them: provinces, cities and counties, with the abolished ones that
/// regions.txt names. Identity numbers keep the code of the day they were given out, so most abolished counties live on.
/// </summary>
public static class Regions
{
    private const int NationalRegistrars = 100000;

    private static readonly FrozenDictionary<int, string> Names;
    private static readonly FrozenSet<int> Known;
    private static readonly FrozenSet<int> Cities;
    private static readonly FrozenSet<int> Provinces;
    private static readonly int[] CurrentCounties;

    static Regions()
    {
        var names = new Dictionary<int, string>();
        var counties = new List<int>();
        var cities = new HashSet<int>();
        var provinces = new HashSet<int>();
        using var stream = typeof(Regions).Assembly.GetManifestResourceStream("subjects/regions.txt")
            ?? throw new InvalidOperationException("The resource subjects/regions.txt is missing.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            var parts = line.Split(' ');
            var code = int.Parse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture);
            names.Add(code, parts[1]);
            if (code == NationalRegistrars)
            {
                continue;
            }

            provinces.Add(code / 10000);
            if (code / 100 % 100 != 0)
            {
                cities.Add(code / 100);
            }

            if (parts.Length == 2 && code % 100 != 0 && code < 700000)
            {
                counties.Add(code);
            }
        }

        Names = names.ToFrozenDictionary();
        Known = names.Keys.ToFrozenSet();
        Cities = cities.ToFrozenSet();
        Provinces = provinces.ToFrozenSet();
        CurrentCounties = [.. counties];
    }

    /// <summary>Codes of the mainland's present counties and districts, ascending: what generators draw from.</summary>
    public static ReadOnlySpan<int> Counties => CurrentCounties;

    /// <summary>Whether a code of six digits is in the data, abolished ones and 100000 (国家) included.</summary>
    public static bool IsKnown(ReadOnlySpan<char> code) => TryRead(code, out var value) && Known.Contains(value);

    /// <summary>
    /// Whether an identity number may carry the code: it is known; or its city is known and only the county is not; or
    /// its province is known and the rest has GB/T 2260's form (city 01-70 or 90, county 01-99). Laxer than
    /// <see cref="IsKnown"/> because hundreds of counties and prefectures were abolished since 1984.
    /// </summary>
    public static bool IsAccepted(ReadOnlySpan<char> code)
    {
        if (!TryRead(code, out var value))
        {
            return false;
        }

        if (Known.Contains(value))
        {
            return true;
        }

        var city = value / 100 % 100;
        return value % 100 != 0
            && (Cities.Contains(value / 100) || (Provinces.Contains(value / 10000) && city is (>= 1 and <= 70) or 90));
    }

    /// <summary>The Chinese name of a code that is in the data, else null.</summary>
    public static string? Name(string code) =>
        TryRead(code, out var value) && Names.TryGetValue(value, out var name) ? name : null;

    private static bool TryRead(ReadOnlySpan<char> code, out int value)
    {
        value = 0;
        if (code.Length != 6)
        {
            return false;
        }

        foreach (var c in code)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        return true;
    }
}
