using CreditExchange.Domain.Samples;
using CreditExchange.V1;

namespace CreditExchange.TestKit;

/// <summary>Listings for tests: synthetic subjects from a seed, the facts that every list kind accepts.</summary>
public static class TestListings
{
    /// <summary>A listing that the hub accepts.</summary>
    public static Listing Create(string listCode, SubjectId subject, string sourceRef, string decidedOn = "2025-06-02") => new()
    {
        SourceRef = sourceRef,
        ListCode = listCode,
        Subject = subject,
        SubjectName = "海南样例甲贸易有限公司",
        Reason = "有履行能力而拒不履行生效法律文书确定义务",
        Document = new DecisionDocument { Number = "（2025）琼0105执900001号", Authority = "海口市样例区人民法院", DecidedOn = decidedOn },
        ConductOn = "2025-03-01",
        Notice = new Notice { ServedOn = "2025-06-05", Manner = "直接送达", Remedies = "可自送达之日起十日内申请纠正" },
    };

    /// <summary>A company, by seed.</summary>
    public static SubjectId Company(int seed) => SampleIds.Uscc(new Random(seed));

    /// <summary>A person, by seed.</summary>
    public static SubjectId Person(int seed) => SampleIds.ResidentId(new Random(seed));
}
