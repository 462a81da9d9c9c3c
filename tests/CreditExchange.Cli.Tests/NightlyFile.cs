using System.Text;
using System.Text.Json;
using CreditExchange.Cli.Samples;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Cli.Tests;

/// <summary>An agency's nightly full file, in the courts' columns, and what cx said of it.</summary>
internal static class NightlyFile
{
    public const string Court = "hainan-high-court";
    public const string CourtList = "court.dishonest-judgment-debtor";

    private const string Header =
        "被执行人姓名/名称,性别,年龄,身份证号码/组织机构代码,法定代表人或者负责人姓名,执行法院,省份,执行依据文号,立案时间,案号,"
        + "做出执行依据单位,生效法律文书确定的义务,被执行人的履行情况,失信被执行人行为具体情形,发布时间,已履行部分,未履行部分";

    /// <summary>The rows of debtors, a company or a person each, by their numbers.</summary>
    public static List<string[]> Debtors(int count, int first = 1) =>
        [.. Enumerable.Range(first, count).Select(static i => Debtor(i))];

    /// <summary>The identity number of a debtor.</summary>
    public static string Number(int i) => (i % 2 == 0 ? TestListings.Company(i) : TestListings.Person(i)).Number;

    /// <summary>The file's text.</summary>
    public static string Text(IEnumerable<string[]> rows)
    {
        var text = new StringBuilder(Header).Append("\r\n");
        foreach (var row in rows)
        {
            text.Append(CsvWriter.Join(row)).Append("\r\n");
        }

        return text.ToString();
    }

    /// <summary>The last line of cx's --json output.</summary>
    public static JsonElement Summary(string output) => Lines(output)[^1];

    /// <summary>The lines of cx's --json output.</summary>
    public static List<JsonElement> Lines(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement)];

    /// <summary>Everything the hub holds on a list, as its publisher sees it.</summary>
    public static async Task<Dictionary<string, Listing>> HeldAsync(HubServer hub, string agency = Court, string list = CourtList)
    {
        var request = new ListListingsRequest { ListCode = list, PageSize = 1000 };
        var all = new Dictionary<string, Listing>(StringComparer.Ordinal);
        do
        {
            var page = await hub.Registry(agency).ListListingsAsync(request);
            foreach (var listing in page.Listings)
            {
                all.Add(listing.SourceRef, listing);
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return all;
    }

    private static string[] Debtor(int i) =>
    [
        $"样例债务人{i}", "男", "40", Number(i), "", "海口市样例区人民法院", "海南", $"（2024）琼0105民初9{i:00000}号", "2024年3月5日",
        $"（2024）琼0105执9{i:00000}号", "", "支付货款1元", "全部未履行", "违反财产报告制度", "2024年5月6日", "", "",
    ];
}
