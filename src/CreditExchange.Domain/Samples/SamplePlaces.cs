using System.Globalization;
using CreditExchange.Domain.Subjects;

namespace CreditExchange.Domain.Samples;

/// <summary>Where sample subjects come from and which courts decide: mostly Hainan, and there mostly a few counties.</summary>
internal static class SamplePlaces
{
    private static readonly string[] ProvinceNames = MakeProvinceNames();
    private static readonly int[] Hainan = Of(46);
    private static readonly int[] Guangdong = Of(44);
    private static readonly int[] Guangxi = Of(45);
    private static readonly (string Code, string Court)[] Courts = MakeCourts();

    /// <summary>A county: of ten seven in Hainan, one in Guangdong, one in Guangxi, one anywhere.</summary>
    public static int County(Random random) => random.Next(10) switch
    {
        < 7 => Skewed(Hainan, random),
        7 => Skewed(Guangdong, random),
        8 => Skewed(Guangxi, random),
        _ => Regions.Counties[random.Next(Regions.Counties.Length)],
    };

    /// <summary>A basic court of Hainan: its sign in case numbers (four digits) and its name, marked as a sample.</summary>
    public static (string Code, string Court) Court(Random random) => Skewed(Courts, random);

    /// <summary>Short name of a county's province, for example "海南".</summary>
    public static string Province(int county) => ProvinceNames[county / 10000];

    // The cube puts almost half of all draws on the first tenth.
    private static T Skewed<T>(T[] from, Random random)
    {
        var draw = random.NextDouble();
        return from[(int)(draw * draw * draw * from.Length)];
    }

    private static int[] Of(int province)
    {
        var counties = new List<int>();
        foreach (var county in Regions.Counties)
        {
            if (county / 10000 == province)
            {
                counties.Add(county);
            }
        }

        return [.. counties];
    }

    private static (string Code, string Court)[] MakeCourts()
    {
        var courts = new List<(string Code, string Court)>();
        foreach (var county in Of(46))
        {
            var code = county.ToString(CultureInfo.InvariantCulture);
            var city = county / 100 % 100 == 90 ? "" : Regions.Name(code[..4] + "00") ?? "";
            courts.Add((code[2..], $"{city}{Regions.Name(code)}人民法院（样例）"));
        }

        return [.. courts];
    }

    private static string[] MakeProvinceNames()
    {
        var names = new string[100];
        for (var province = 0; province < names.Length; province++)
        {
            var name = Regions.Name(province.ToString("00", CultureInfo.InvariantCulture) + "0000") ?? "";
            names[province] = name.StartsWith("内蒙古", StringComparison.Ordinal) || name.StartsWith("黑龙江", StringComparison.Ordinal)
                ? name[..3]
                : name[..Math.Min(2, name.Length)];
        }

        return names;
    }
}
