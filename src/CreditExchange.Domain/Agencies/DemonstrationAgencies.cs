using CreditExchange.V1;

namespace CreditExchange.Domain.Agencies;

/// <summary>The agencies that a first start in Development brings, with exactly the rights the contract tells.</summary>
public static class DemonstrationAgencies
{
    private const string Province = "460000";
    private const string Haikou = "460100";

    private static readonly string[] Publisher = [Scopes.Publish, Scopes.Read, Scopes.Watch, Scopes.Snapshot, Scopes.Erase];

    /// <summary>All eleven, new messages each time.</summary>
    public static IReadOnlyList<Agency> All() =>
    [
        Publishing("hainan-high-court", "海南省高级人民法院", "Hainan High People's Court", Province, AgencyKind.Court,
            ["court.dishonest-judgment-debtor"]),
        Publishing("hainan-tax", "海南省税务局", "Hainan Tax Service", Province, AgencyKind.Tax,
            ["tax.major-violation", "tax.a-grade"]),
        Publishing("hainan-market-regulation", "海南省市场监督管理局", "Hainan Administration for Market Regulation", Province,
            AgencyKind.MarketRegulation, ["market.serious-violation", "market.abnormal-operation"], [Scopes.LinkSubjects]),
        Publishing("hainan-approval", "海南省行政审批机构", "Hainan Administrative Approval Office", Province, AgencyKind.Approval,
            ["commitment.false"], [Scopes.Check, Scopes.BulkPersons], ["*"]),
        Publishing("haikou-customs", "海口海关", "Haikou Customs", Haikou, AgencyKind.Customs,
            ["customs.dutyfree-ban", "dutyfree.dishonesty"], [Scopes.Check], ["dutyfree.*"]),
        New("haikou-dutyfree", "海口离岛免税店", "Haikou Duty-Free Shop", Haikou, AgencyKind.Checkout, RecipientKind.Counter,
            [Scopes.Check], ["dutyfree.offshore-purchase"]),
        New("guangdong-hub", "广东省信用平台", "Guangdong Credit Hub", "440000", AgencyKind.PartnerHub, RecipientKind.Partner,
            [Scopes.Watch, Scopes.Snapshot, Scopes.Exchange]),
        New("guangxi-hub", "广西壮族自治区信用平台", "Guangxi Credit Hub", "450000", AgencyKind.PartnerHub, RecipientKind.Partner,
            [Scopes.Watch, Scopes.Snapshot, Scopes.Exchange]),
        New("operator", "系统管理员", "System operator", Province, AgencyKind.Operator, RecipientKind.Operator,
            [Scopes.System, Scopes.Watch, Scopes.Snapshot]),
        New("security", "安全管理员", "Security officer", Province, AgencyKind.Security, RecipientKind.Operator,
            [Scopes.Security]),
        New("auditor", "审计管理员", "Auditor", Province, AgencyKind.Auditor, RecipientKind.Operator, [Scopes.Audit]),
    ];

    /// <summary>Receives the stream of the audience `platform`; there where Kafka is used.</summary>
    public static Agency Platform() => New(
        "platform", "海南省公共数据平台", "Hainan Public Data Platform", Province, AgencyKind.Credit, RecipientKind.Platform,
        [Scopes.Watch, Scopes.Snapshot]);

    private static Agency Publishing(
        string id, string zh, string en, string region, AgencyKind kind, string[] lists, string[]? more = null, string[]? matters = null)
    {
        var agency = New(id, zh, en, region, kind, RecipientKind.Agency, [.. Publisher, .. more ?? []], matters);
        agency.Rights.Publish.Add(lists);
        agency.Rights.End.Add(lists);
        return agency;
    }

    private static Agency New(
        string id, string zh, string en, string region, AgencyKind kind, RecipientKind recipient, string[] scopes, string[]? matters = null)
    {
        var rights = new Rights { Recipient = recipient };
        rights.Scopes.Add(scopes);
        rights.Matters.Add(matters ?? []);
        return new Agency
        {
            AgencyId = id,
            Name = new LocalizedText { Zh = zh, En = en },
            Region = region,
            Kind = kind,
            Rights = rights,
        };
    }
}
