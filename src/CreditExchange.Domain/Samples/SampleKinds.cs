namespace CreditExchange.Domain.Samples;

/// <summary>One list kind as samples are made of it.</summary>
/// <param name="Code">Catalogue code.</param>
/// <param name="Publisher">Agency id.</param>
/// <param name="Share">Of 1,000 listings, how many.</param>
/// <param name="PersonShare">Of 100 subjects, how many are natural persons.</param>
/// <param name="Authority">Name of the deciding authority; empty: the court of the place.</param>
/// <param name="Document">Sign between the year and the number of a document.</param>
/// <param name="Reasons">What the subject did; {0} is an amount in yuan.</param>
/// <param name="Remedies">What the notice names.</param>
internal sealed record SampleKind(
    string Code,
    string Publisher,
    int Share,
    int PersonShare,
    string Authority,
    string Document,
    string[] Reasons,
    string Remedies)
{
    /// <summary>Whether the travellers of the duty-free lists may hold other documents than a resident id.</summary>
    public bool HasTravellers => PersonShare == 100;
}

/// <summary>
/// The list kinds that samples are made of. Shares are modelled on the real lists: judgment debtors outnumber all others.
/// </summary>
internal static class SampleKinds
{
    private const string Review = "可自收到决定之日起六十日内申请行政复议，或者六个月内提起行政诉讼";

    /// <summary>Kinds that have a publisher among the demonstration agencies; the shares sum to 1,000.</summary>
    public static readonly SampleKind[] Demonstration =
    [
        new("court.dishonest-judgment-debtor", "hainan-high-court", 800, 85, "", "执",
            [
                "有履行能力而拒不履行生效法律文书确定的义务，未履行金额{0}元",
                "违反财产报告制度，未如实报告财产，未履行金额{0}元",
                "以转移财产的方法规避执行，涉及金额{0}元",
                "无正当理由拒不履行执行和解协议，剩余{0}元",
                "违反限制消费令，应付货款{0}元未付",
                "拒不交付判决确定的房屋，并欠租金{0}元",
            ],
            "可向执行法院书面申请纠正；对驳回决定不服的，自送达之日起十日内向上一级人民法院申请复议"),
        new("tax.major-violation", "hainan-tax", 30, 10, "国家税务总局海南省税务局稽查局（样例）", "税稽罚",
            [
                "虚开增值税专用发票，税额{0}元",
                "采取偷税手段，不缴或者少缴税款{0}元",
                "逃避追缴欠税{0}元",
                "骗取出口退税{0}元",
            ],
            Review),
        new("tax.a-grade", "hainan-tax", 50, 0, "国家税务总局海南省税务局（样例）", "税信",
            ["年度纳税缴费信用评价为A级，年度纳税{0}元"],
            "对评价结果有异议的，可向主管税务机关申请复评"),
        new("market.serious-violation", "hainan-market-regulation", 20, 5, "海南省市场监督管理局（样例）", "市监列严",
            [
                "生产不符合食品安全标准的食品，货值{0}元，被处以较重行政处罚",
                "对产品作虚假宣传，违法所得{0}元，情节严重",
                "未取得许可从事经营活动，货值{0}元，情节严重",
            ],
            Review),
        new("market.abnormal-operation", "hainan-market-regulation", 50, 0, "海南省市场监督管理局（样例）", "市监列异",
            [
                "通过登记的住所或者经营场所无法联系，认缴出资{0}元",
                "未按期公示年度报告，认缴出资{0}元",
                "公示企业信息隐瞒真实情况，涉及出资{0}元",
            ],
            Review),
        new("dutyfree.dishonesty", "haikou-customs", 20, 100, "海口海关（样例）", "关缉失信",
            [
                "两次以上因离岛免税购物违法受到行政处罚，货值{0}元",
                "组织他人套购离岛免税商品牟利，货值{0}元",
            ],
            Review),
        new("customs.dutyfree-ban", "haikou-customs", 20, 100, "海口海关（样例）", "关免禁",
            [
                "以牟利为目的为他人购买离岛免税商品，货值{0}元",
                "将所购离岛免税商品再次销售，货值{0}元",
                "提供虚假离岛信息购买免税商品，货值{0}元",
                "提货后逾期未离岛，货值{0}元",
            ],
            Review),
        new("commitment.false", "hainan-approval", 10, 30, "海南省行政审批机构（样例）", "审承诺",
            [
                "以告知承诺方式取得许可，核查发现注册资本少{0}元，与承诺不符",
                "在证明事项中作出虚假承诺，涉及补贴{0}元",
            ],
            Review),
    ];

    /// <summary>A kind whose publisher is no demonstration agency.</summary>
    public static readonly SampleKind Procurement = new(
        "procurement.serious-violation", "hainan-finance", 10, 0, "海南省财政厅（样例）", "财采罚",
        ["提供虚假材料谋取中标，合同金额{0}元", "与其他供应商恶意串通，合同金额{0}元"],
        Review);
}
