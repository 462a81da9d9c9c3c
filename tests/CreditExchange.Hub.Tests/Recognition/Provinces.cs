using CreditExchange.Domain.Recognition;
using CreditExchange.Hub.Recognition;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Recognition;

/// <summary>Hubs of provinces for the tests, and what the tests do at them.</summary>
internal static class Provinces
{
    public const string GdHi = "GD-HI-2026-01";
    public const string Court = "court.dishonest-judgment-debtor";
    public const string Market = "market.serious-violation";
    public const string Commitment = "approval.notification-commitment";
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 4, 0, 0, TimeSpan.Zero);

    private static int next;

    public static Task<HubServer> HainanAsync(string? data = null, TimeProvider? time = null, params string[] settings) =>
        HubServer.StartAsync(data, time, settings);

    public static Task<HubServer> GuangdongAsync(TimeProvider? time = null) => HubServer.StartAsync(
        null, time, "Recognition:Region=440000", "Recognition:HubId=guangdong-hub", "Recognition:NameEn=Guangdong");

    public static Task<HubServer> GuangxiAsync(TimeProvider? time = null) => HubServer.StartAsync(
        null, time, "Recognition:Region=450000", "Recognition:HubId=guangxi-hub", "Recognition:NameEn=Guangxi");

    public static V1.RecognitionService.RecognitionServiceClient Recognition(this HubServer hub, string agency = "operator") => new(hub.As(agency));

    public static string Id() => $"r-{Interlocked.Increment(ref next)}";

    public static async Task<AgreementParty> PartyAsync(this HubServer hub) =>
        (await hub.Recognition().DescribePartyAsync(new DescribePartyRequest())).Party;

    public static async Task<AgreementTerms> TermsAsync(string id, HubServer one, HubServer other) =>
        DemonstrationAgreements.Terms(id, await one.PartyAsync(), await other.PartyAsync());

    public static async Task<AgreementStatus> ProposeAsync(this HubServer hub, AgreementTerms terms, string? requestId = null) =>
        (await hub.Recognition().ProposeAgreementAsync(new ProposeAgreementRequest { RequestId = requestId ?? Id(), Terms = terms })).Status;

    public static async Task<AgreementStatus> CountersignAsync(this HubServer hub, SignedAgreement signed, string? requestId = null) =>
        (await hub.Recognition().CountersignAgreementAsync(new CountersignAgreementRequest { RequestId = requestId ?? Id(), Signed = signed })).Status;

    /// <summary>Proposes at one, countersigns at the other, returns to the first.</summary>
    public static async Task<SignedAgreement> AgreeAsync(HubServer one, HubServer other, string id = GdHi, Action<AgreementTerms>? change = null)
    {
        var terms = await TermsAsync(id, one, other);
        change?.Invoke(terms);
        var proposed = await one.ProposeAsync(terms);
        var both = await other.CountersignAsync(proposed.Agreement.Signed);
        return (await one.CountersignAsync(both.Agreement.Signed)).Agreement.Signed;
    }

    public static Task SuspendAsync(this HubServer hub, string id = GdHi) => hub.Recognition().SuspendAgreementAsync(
        new SuspendAgreementRequest { RequestId = Id(), AgreementId = id, Reason = "数据质量待核查" }).ResponseAsync;

    public static Task ResumeAsync(this HubServer hub, string id = GdHi) => hub.Recognition().ResumeAgreementAsync(
        new ResumeAgreementRequest { RequestId = Id(), AgreementId = id, Reason = "核查完毕" }).ResponseAsync;

    public static Task EndAsync(this HubServer hub, string id = GdHi) => hub.Recognition().EndAgreementAsync(
        new EndAgreementRequest { RequestId = Id(), AgreementId = id, Reason = "协商一致" }).ResponseAsync;

    /// <summary>A listing as Guangdong's hub would tell it.</summary>
    public static OriginEvent Told(
        AgreementParty partner, SubjectId subject, string list = Court, long revision = 1, ListingState state = ListingState.Active,
        Action<Listing>? change = null, int number = 1)
    {
        var listing = TestListings.Create(list, subject, "");
        listing.ListingId = $"{partner.LedgerId}-{number}";
        listing.Revision = revision;
        listing.State = state;
        listing.EffectiveFrom = Timestamp.FromDateTimeOffset(new DateTimeOffset(2025, 6, 10, 0, 0, 0, TimeSpan.Zero));
        listing.LegalBasis = "最高人民法院关于公布失信被执行人名单信息的若干规定 第一条";
        listing.Origin = new Origin { Region = partner.Region[..2] + "0100", Agency = "gz-court" };
        listing.Notice = null;
        change?.Invoke(listing);
        return new OriginEvent(partner.LedgerId + ".1", 100 + revision, listing);
    }

    public static ValueTask<RecognisedOutcome> AcceptAsync(this HubServer hub, OriginEvent told, string agreement = GdHi) =>
        hub.Services.GetRequiredService<RecognisedListings>().AcceptAsync(agreement, told, "", CancellationToken.None);

    public static async Task<CheckSubjectResponse> CheckAsync(
        this HubServer hub, SubjectId subject, long position = 0, string matter = Commitment, string agency = "hainan-approval", string language = "zh-CN") =>
        await hub.Lookup(agency).CheckSubjectAsync(
            new CheckSubjectRequest { Subject = subject, Matter = matter, Purpose = "琼审批〔2026〕1号", MinPosition = position },
            new Metadata { { "accept-language", language } });

    /// <summary>The fault that a verification of the whole ledger finds, state and keys included; empty: none.</summary>
    public static async Task<string> FaultAsync(this HubServer hub)
    {
        using var call = new MaintenanceService.MaintenanceServiceClient(hub.As("operator")).VerifyLedger(new VerifyLedgerRequest());
        var fault = "no report";
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            fault = call.ResponseStream.Current.Report?.Fault ?? fault;
        }

        return fault;
    }
}
