using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Import;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Tests;

public sealed class ColumnTests
{
    private const string CourtHeader =
        "被执行人姓名/名称,性别,年龄,身份证号码/组织机构代码,法定代表人或者负责人姓名,执行法院,省份,执行依据文号,立案时间,案号,"
        + "做出执行依据单位,生效法律文书确定的义务,被执行人的履行情况,失信被执行人行为具体情形,发布时间,已履行部分,未履行部分";

    [Fact]
    public void The_courts_columns_become_a_listing()
    {
        var row = Assert.Single(Read(
            "\uFEFF" + CourtHeader + "\r\n"
            + "样例公司,,,91350100M000100Y43,某,海口市中级人民法院,海南,（2024）琼01民初1号,2024年03月05日,（2024）琼01执2号,"
            + "海口市中级人民法院,支付货款1元,全部未履行,违反财产报告制度,2024年5月6日,,\r\n"));

        var listing = row.Request!.Listing;
        Assert.Equal("court.dishonest-judgment-debtor", listing.ListCode);
        Assert.Equal((IdKind.Uscc, "91350100M000100Y43"), (listing.Subject.Kind, listing.Subject.Number));
        Assert.Equal("（2024）琼01执2号", listing.SourceRef);
        Assert.Equal("（2024）琼01执2号", listing.Document.Number);
        Assert.Equal("海口市中级人民法院", listing.Document.Authority);
        Assert.Equal(("2024-05-06", "2024-05-06"), (listing.Document.DecidedOn, listing.Notice.ServedOn));
        Assert.Equal("2024-03-05", listing.ConductOn);
        Assert.Equal("违反财产报告制度；义务：支付货款1元", listing.Reason);
        Assert.Equal((CourtColumns.Manner, CourtColumns.Remedies), (listing.Notice.Manner, listing.Notice.Remedies));
    }

    [Fact]
    public void The_hubs_columns_become_a_listing_and_their_order_is_free()
    {
        var row = Assert.Single(Read(
            "number,source_ref,list_code,subject_name,decided_on,measures,effective_from\n"
            + "１１０１０５１９４９１２３１００２ｘ,R-1,tax.major-violation,甲,2024-01-02,a;b,2024-02-01\n"));

        var listing = row.Request!.Listing;
        Assert.Equal((IdKind.ResidentId, "11010519491231002X"), (listing.Subject.Kind, listing.Subject.Number));
        Assert.Equal("2024-01-02", listing.Document.DecidedOn);
        Assert.Equal(["a", "b"], listing.Measures);
        Assert.Equal(new DateTime(2024, 1, 31, 16, 0, 0, DateTimeKind.Utc), listing.EffectiveFrom.ToDateTime());
    }

    [Theory]
    [InlineData("R-1,x.y,110105194912310028,甲,2024-02-30", "DATE_INVALID", "decided_on")]
    [InlineData("R-1,x.y,,甲,2024-02-03", "REQUIRED", "number")]
    [InlineData("R-1,x.y,???,甲,2024-02-03", "SUBJECT_KIND", "subject_kind")]
    [InlineData("R-1,x.y,110105194912310028,甲", "CSV_COLUMNS", "")]
    public void A_row_that_cannot_be_used_is_a_fault_of_its_own(string line, string reason, string field)
    {
        var rows = Read($"source_ref,list_code,number,subject_name,decided_on\n{line}\nR-2,x.y,91350100M000100Y43,乙,2024-01-01\n");

        Assert.Equal((reason, field, 2L), (rows[0].Fault!.Reason, rows[0].Fault!.Field, rows[0].Line));
        Assert.NotNull(rows[1].Request);
    }

    [Theory]
    [InlineData("a,b,c\n1,2,3\n")]
    [InlineData("source_ref,number,surprise\n1,2,3\n")]
    [InlineData("source_ref,number,number\n1,2,3\n")]
    [InlineData("")]
    public void An_unknown_header_is_a_usage_error(string text)
    {
        var error = Assert.Throws<CliError>(() => Read(text));

        Assert.Equal((ExitCode.Usage, "CSV_HEADER"), (error.ExitCode, error.Reason));
    }

    [Fact]
    public void Ndjson_takes_listings_and_import_items()
    {
        var rows = NdjsonSource.Read(
            new StringReader("""
            {"source_ref":"R-1","subject":{"kind":"ID_KIND_USCC","number":"91350100M000100Y43"}}

            {"request_id":"mine","listing":{"sourceRef":"R-2","listCode":"own.list"}}
            {"end":{"listing_id":"L1","ground":"END_GROUND_DUTY_DONE"}}
            {"nonsense":1}
            not json
            """), "default.list", Language.En).ToList();

        Assert.Equal("default.list", rows[0].Request!.Listing.ListCode);
        Assert.Equal(("mine", "own.list"), (rows[1].Request!.RequestId, rows[1].Request!.Listing.ListCode));
        Assert.Equal(ImportListingsRequest.ItemOneofCase.End, rows[2].Request!.ItemCase);
        Assert.Equal(["JSON", "JSON"], rows.Skip(3).Select(static r => r.Fault!.Reason));
        Assert.Equal([1L, 3, 4, 5, 6], rows.Select(static r => r.Line));
    }

    private static List<SourceRow> Read(string text) => CsvSource.Read(new StringReader(text), "", Language.En).ToList();
}
