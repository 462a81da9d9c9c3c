using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Tests.Listings;

/// <summary>Listings as the contract promises they are accepted, against the shipped catalogue, on one fixed day.</summary>
internal static class ListingSamples
{
    public static readonly DateTimeOffset Now = new(2026, 6, 15, 10, 0, 0, TimeSpan.FromHours(8));
    public static readonly CatalogueIndex Shipped = new(CatalogueFiles.Shipped());
    public const string Court = "court.dishonest-judgment-debtor";
    public const string Company = "91350100M000100Y43";
    public const string Person = "11010519491231002X";

    public static Agency Agency(string id) => DemonstrationAgencies.All().Single(a => a.AgencyId == id);

    public static ListingContext At(DateTimeOffset now, string agency = "hainan-high-court") => new(Shipped, Agency(agency), now);

    public static ListingContext Context => At(Now);

    public static SubjectId Uscc() => new() { Kind = IdKind.Uscc, Number = Company };

    public static SubjectId Resident(string number = Person) => new() { Kind = IdKind.ResidentId, Number = number };

    /// <summary>A made-up person born on a day, with a true check digit.</summary>
    public static SubjectId Born(int year, int month, int day)
    {
        var body = $"110105{year:D4}{month:D2}{day:D2}002";
        int[] weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        var sum = body.Select((c, i) => (c - '0') * weights[i]).Sum();
        return Resident(body + "10X98765432"[sum % 11]);
    }

    public static Listing Request(string list = Court, SubjectId? subject = null) => new()
    {
        SourceRef = "(2026)琼01执123号-1",
        ListCode = list,
        Subject = subject ?? Uscc(),
        SubjectName = "某某样例有限公司",
        Reason = "有履行能力而拒不履行生效法律文书确定义务",
        Document = new DecisionDocument { Number = "(2026)琼01执123号", Authority = "样例法院", DecidedOn = "2026-06-01" },
        ConductOn = "2026-05-01",
        Notice = new Notice { ServedOn = "2026-06-03", Manner = "邮寄", Remedies = "可在十日内提出异议" },
    };

    public static Listing Published(string list = Court, SubjectId? subject = null) =>
        ListingRules.Publish(Request(list, subject), Context);

    public static Timestamp Stamp(DateTimeOffset at) => Timestamp.FromDateTimeOffset(at);

    public static RuleViolation Refused(ErrorReason reason, string field, Action act)
    {
        var violation = Assert.Throws<RuleViolation>(act);
        Assert.Equal((reason, field), (violation.Reason, violation.Field));
        return violation;
    }
}
