using CreditExchange.Cli.Subjects;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Import;

/// <summary>The columns in which courts publish 失信被执行人.</summary>
/// <remarks>
/// Sex, age, province, the representative's name and how far the duty is done are not part of a listing and are left out:
/// the hub keeps what the list kind needs and no more.
/// </remarks>
internal sealed class CourtColumns(string list) : IColumns
{
    /// <summary>The list that these columns belong to.</summary>
    public const string DefaultList = "court.dishonest-judgment-debtor";

    /// <summary>How a decision counts as served where the file doesn't say: it was published.</summary>
    public const string Manner = "公告";

    /// <summary>The remedy that the courts' rules name (法释〔2017〕7号 第十一条).</summary>
    public const string Remedies = "可以向执行法院申请纠正";

    public static readonly string[] Required = ["被执行人姓名/名称", "身份证号码/组织机构代码", "案号"];

    public IReadOnlyList<string> Names { get; } =
    [
        "被执行人姓名/名称", "性别", "年龄", "身份证号码/组织机构代码", "法定代表人或者负责人姓名", "执行法院", "省份",
        "执行依据文号", "立案时间", "案号", "做出执行依据单位", "生效法律文书确定的义务", "被执行人的履行情况",
        "失信被执行人行为具体情形", "发布时间", "已履行部分", "未履行部分",
    ];

    public IReadOnlyList<string?> Paths { get; } =
    [
        "subject_name", null, null, null, null, "document.authority", null, null, "conduct_on", "document.number", "document.authority",
        "reason", null, "reason", "document.decided_on", null, null,
    ];

    public IReadOnlyList<string> Always { get; } = ["notice.served_on", "notice.manner", "notice.remedies"];

    public int Number => 3;

    public int SourceRef => 9;

    public Listing Read(Func<int, string> value)
    {
        var number = IdForms.Tidy(RowValues.Required(value(3), Names[3]));
        var published = RowValues.Day(RowValues.Required(value(14), Names[14]), Names[14]);
        var kind = IdForms.Guess(number);
        if (kind == IdKind.Unspecified)
        {
            throw new RowFaultException(new RowFault("SUBJECT_KIND", Names[3], Say.RowKind));
        }

        return new Listing
        {
            SourceRef = RowValues.Required(value(9), Names[9]),
            ListCode = list.Length > 0 ? list : DefaultList,
            Subject = new SubjectId { Kind = kind, Number = number },
            SubjectName = RowValues.Required(value(0), Names[0]),
            Reason = Reason(value(13), value(11)),
            Document = new DecisionDocument
            {
                Number = value(9),
                Authority = value(5).Length > 0 ? value(5) : value(10),
                DecidedOn = published,
            },
            ConductOn = RowValues.Day(value(8), Names[8]),
            Notice = new Notice { ServedOn = published, Manner = Manner, Remedies = Remedies },
        };
    }

    private static string Reason(string conduct, string duty) =>
        duty.Length == 0 ? conduct : conduct.Length == 0 ? $"义务：{duty}" : $"{conduct}；义务：{duty}";
}
