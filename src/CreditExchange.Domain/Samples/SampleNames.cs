using System.Globalization;

namespace CreditExchange.Domain.Samples;

/// <summary>
/// Names that read as names and as made up: between a common surname and a cyclic sign stands a syllable such as 样 or 拟,
/// and every company says 样例.
/// </summary>
internal static class SampleNames
{
    private static readonly string[] Surnames =
        ["林", "符", "王", "陈", "吴", "黄", "李", "周", "郑", "韩", "邢", "云", "蔡", "许", "张", "刘", "欧阳", "冯", "郭", "梁"];

    private static readonly string[] Middles = ["样", "例", "拟", "试", "仿", "测", "设", "造"];

    private static readonly string[] Signs =
    [
        "甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸",
        "子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥",
    ];

    private static readonly string[] Trades =
        ["贸易", "建筑工程", "餐饮管理", "热带农业", "旅行服务", "物业服务", "科技", "供应链", "水产养殖", "文化传媒", "医疗器械", "新能源"];

    /// <summary>A natural person's name.</summary>
    public static string Person(Random random) =>
        string.Concat(Pick(Surnames, random), Pick(Middles, random), Pick(Signs, random));

    /// <summary>A traveller's name in Latin letters, as on a passport.</summary>
    public static string Traveller(Random random) =>
        string.Create(CultureInfo.InvariantCulture, $"SAMPLE TRAVELLER {random.Next(100_000)}");

    /// <summary>A company's name, for example "海南样例甲贸易有限公司17号".</summary>
    /// <param name="random">The seeded source.</param>
    /// <param name="place">Short name of the province.</param>
    public static string Company(Random random, string place) => string.Create(
        CultureInfo.InvariantCulture,
        $"{place}样例{Pick(Signs, random)}{Pick(Trades, random)}有限公司{random.Next(1, 10_000)}号");

    private static string Pick(string[] from, Random random) => from[random.Next(from.Length)];
}
