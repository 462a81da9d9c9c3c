using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Lookup;

/// <summary>The three matters that the contract names, as it names them.</summary>
public abstract class MatterTests(SharedHub shared)
{
    private const string DutyFree = "dutyfree.offshore-purchase";
    private const string Commitment = "approval.notification-commitment";
    private const string Bid = "procurement.government-bid";

    [Theory]
    [InlineData(DutyFree, "dutyfree.dishonesty", Verdict.Restricted, "REFUSE")]
    [InlineData(DutyFree, "customs.dutyfree-ban", Verdict.Restricted, "REFUSE")]
    [InlineData(DutyFree, "court.dishonest-judgment-debtor", Verdict.Clear, "")]
    [InlineData(DutyFree, "tax.major-violation", Verdict.Clear, "")]
    [InlineData(DutyFree, "market.serious-violation", Verdict.Clear, "")]
    [InlineData(DutyFree, "market.abnormal-operation", Verdict.Clear, "")]
    [InlineData(DutyFree, "commitment.false", Verdict.Clear, "")]
    [InlineData(DutyFree, "procurement.serious-violation", Verdict.Clear, "")]
    [InlineData(DutyFree, "tax.a-grade", Verdict.Clear, "")]
    [InlineData(Commitment, "court.dishonest-judgment-debtor", Verdict.Restricted, "ORDINARY_PROCEDURE")]
    [InlineData(Commitment, "tax.major-violation", Verdict.Restricted, "ORDINARY_PROCEDURE")]
    [InlineData(Commitment, "market.serious-violation", Verdict.Restricted, "ORDINARY_PROCEDURE")]
    [InlineData(Commitment, "dutyfree.dishonesty", Verdict.Restricted, "ORDINARY_PROCEDURE")]
    [InlineData(Commitment, "commitment.false", Verdict.Restricted, "ORDINARY_PROCEDURE")]
    [InlineData(Commitment, "market.abnormal-operation", Verdict.Caution, null)]
    [InlineData(Commitment, "tax.a-grade", Verdict.Favoured, "ACCEPT_INCOMPLETE")]
    [InlineData(Bid, "court.dishonest-judgment-debtor", Verdict.Restricted, "REFUSE")]
    [InlineData(Bid, "tax.major-violation", Verdict.Restricted, "REFUSE")]
    [InlineData(Bid, "procurement.serious-violation", Verdict.Restricted, "REFUSE")]
    [InlineData(Bid, "market.serious-violation", Verdict.Caution, null)]
    [InlineData(Bid, "market.abnormal-operation", Verdict.Caution, null)]
    public async Task A_list_means_in_a_matter_what_the_contract_says(string matter, string list, Verdict verdict, string? consequence)
    {
        var subject = shared.Company();
        Assert.Equal(Verdict.Clear, (await shared.CheckAsync("hainan-approval", matter, subject)).Verdict);
        var listing = await shared.PublishAsync(list, subject);
        var answer = await shared.CheckAsync("hainan-approval", matter, subject, listing.Position);
        Assert.Equal(verdict, answer.Verdict);
        Assert.True(answer.Position >= listing.Position);
        Assert.NotEmpty(answer.CheckId);
        Assert.NotEmpty(answer.LedgerId);
        Assert.True(answer.RelyUntil > answer.AsOf);
        Assert.NotNull(answer.FreshAt);
        if (verdict == Verdict.Clear)
        {
            Assert.Empty(answer.Matches);
            Assert.Empty(answer.Consequences);
        }
        else
        {
            var one = Assert.Single(answer.Consequences);
            Assert.True(consequence is null || one.Code == consequence, one.Code);
            Assert.NotEqual("", one.Basis);
            var match = Assert.Single(answer.Matches);
            Assert.Equal((listing.ListingId, list, ListingState.Active), (match.ListingId, match.ListCode, match.State));
            Assert.Equal(SharedHub.PublisherOf(list), match.Origin.Agency);
        }
    }

    [Fact]
    public async Task Restricting_outweighs_cautioning_and_cautioning_favouring()
    {
        var subject = shared.Company();
        var favoured = await shared.PublishAsync("tax.a-grade", subject);
        Assert.Equal(Verdict.Favoured, (await CheckAsync(favoured.Position)).Verdict);
        var watched = await shared.PublishAsync("market.abnormal-operation", subject);
        Assert.Equal(Verdict.Caution, (await CheckAsync(watched.Position)).Verdict);
        var restricted = await shared.PublishAsync("court.dishonest-judgment-debtor", subject);
        var answer = await CheckAsync(restricted.Position);
        Assert.Equal(Verdict.Restricted, answer.Verdict);
        Assert.DoesNotContain(answer.Consequences, c => c.Code == "ACCEPT_INCOMPLETE");
        var ended = await shared.EndAsync(restricted);
        Assert.Equal(Verdict.Caution, (await CheckAsync(ended.Position)).Verdict);

        Task<CheckSubjectResponse> CheckAsync(long position) => shared.CheckAsync("hainan-approval", Commitment, subject, position);
    }

    [Theory]
    [InlineData("zh-CN")]
    [InlineData("en")]
    public async Task A_counter_sees_no_matches_and_a_short_text(string language)
    {
        var subject = shared.Person();
        var listing = await shared.PublishAsync("customs.dutyfree-ban", subject);
        var answer = await shared.Lookup("haikou-dutyfree").CheckSubjectAsync(
            new CheckSubjectRequest { Subject = subject, Matter = DutyFree, Purpose = "订单-1", MinPosition = listing.Position },
            new Metadata { { "accept-language", language } });
        Assert.Equal(Verdict.Restricted, answer.Verdict);
        Assert.Empty(answer.Matches);
        Assert.Empty(answer.Measures);
        var consequence = Assert.Single(answer.Consequences);
        Assert.Equal("REFUSE", consequence.Code);
        if (language == "zh-CN")
        {
            Assert.InRange(consequence.Text.Length, 1, 60);
            Assert.Contains("异议", consequence.Text, StringComparison.Ordinal);
        }
        else
        {
            Assert.InRange(consequence.Text.Length, 1, 60 * 2);
        }
    }

    [Fact]
    public async Task A_wrong_name_is_a_caution_that_names_no_list()
    {
        var subject = shared.Person();
        var listing = await shared.PublishAsync("court.dishonest-judgment-debtor", subject);
        var wrong = await shared.CheckAsync("hainan-approval", Commitment, subject, listing.Position, "另一人");
        Assert.Equal(Verdict.Caution, wrong.Verdict);
        Assert.Equal("CONFIRM_IDENTITY", Assert.Single(wrong.Consequences).Code);
        Assert.Empty(wrong.Matches);
        Assert.Empty(wrong.Measures);
        Assert.Equal(Verdict.Restricted, (await shared.CheckAsync("hainan-approval", Commitment, subject, 0, listing.SubjectName)).Verdict);
        Assert.Equal(Verdict.Restricted, (await shared.CheckAsync("hainan-approval", Commitment, subject)).Verdict);
    }

    [Fact]
    public async Task A_passport_needs_the_name_to_be_sure()
    {
        var passport = shared.Passport();
        var listing = await shared.PublishAsync("customs.dutyfree-ban", passport);
        var unsure = await shared.CheckAsync("haikou-dutyfree", DutyFree, passport, listing.Position);
        Assert.Equal((Verdict.Caution, "CONFIRM_IDENTITY"), (unsure.Verdict, Assert.Single(unsure.Consequences).Code));
        Assert.Equal(Verdict.Restricted, (await shared.CheckAsync("haikou-dutyfree", DutyFree, passport, 0, listing.SubjectName)).Verdict);
        Assert.Equal(Verdict.Clear, (await shared.CheckAsync("haikou-dutyfree", DutyFree, shared.Passport())).Verdict);
    }

    [Theory]
    [InlineData("haikou-dutyfree", Commitment)]
    [InlineData("haikou-dutyfree", Bid)]
    [InlineData("haikou-customs", Commitment)]
    public async Task A_matter_outside_the_right_is_denied(string agency, string matter)
    {
        var failure = await RpcFailure.OfAsync(() => shared.CheckAsync(agency, matter, shared.Company()));
        Assert.Equal((StatusCode.PermissionDenied, "MATTER_NOT_PERMITTED"), (failure.Code, failure.Reason));
        var unknown = await RpcFailure.OfAsync(() => shared.CheckAsync("hainan-approval", "no.such-matter", shared.Company()));
        Assert.Equal(("MATTER_UNKNOWN", "matter"), (unknown.Reason, unknown.Field));
        Assert.Equal("REQUIRED", (await RpcFailure.OfAsync(() => shared.CheckAsync("hainan-approval", "", shared.Company()))).Reason);
    }

    [Fact]
    public async Task A_suspended_listing_does_not_count_and_a_repaired_one_never_again()
    {
        var subject = shared.Company();
        var listing = await shared.PublishAsync("court.dishonest-judgment-debtor", subject);
        var registry = shared.Registry("court.dishonest-judgment-debtor");
        var suspended = (await registry.SuspendListingAsync(new SuspendListingRequest
        {
            RequestId = shared.Id(),
            ListingId = listing.ListingId,
            ExpectedRevision = 1,
            Reason = "中止",
        })).Listing;
        Assert.False(suspended.Effects.Measures.On);
        Assert.Equal(Verdict.Clear, (await shared.CheckAsync("hainan-approval", Commitment, subject, suspended.Position)).Verdict);
        var reinstated = (await registry.ReinstateListingAsync(new ReinstateListingRequest
        {
            RequestId = shared.Id(),
            ListingId = listing.ListingId,
            ExpectedRevision = 2,
            Reason = "恢复",
        })).Listing;
        Assert.Equal(Verdict.Restricted, (await shared.CheckAsync("hainan-approval", Commitment, subject, reinstated.Position)).Verdict);
        var repaired = await shared.EndAsync(reinstated, EndGround.Repair);
        Assert.Equal(ListingState.Repaired, repaired.State);
        Assert.False(repaired.Effects.Publication.On);
        Assert.False(repaired.Effects.Sharing.On);
        Assert.False(repaired.Effects.Measures.On);
        Assert.Equal(Verdict.Clear, (await shared.CheckAsync("hainan-approval", Commitment, subject, repaired.Position)).Verdict);
    }

    [Theory]
    [InlineData("琼审批〔2026〕1号", true)]
    [InlineData("ORDER-2026_07/(1)", true)]
    [InlineData("(2026)琼0105执1号", true)]
    [InlineData("两 字", false)]
    [InlineData("", false)]
    [InlineData("a\tb", false)]
    [InlineData("a;b", false)]
    [InlineData("a\n", false)]
    public async Task A_purpose_is_a_reference_without_spaces(string purpose, bool isValid) => await PurposeAsync(purpose, isValid);

    [Fact]
    public async Task A_purpose_has_64_characters_at_most_and_no_identity_number()
    {
        await PurposeAsync(new string('案', 64), true);
        await PurposeAsync(new string('案', 65), false);
        await PurposeAsync(new string('a', 100_000), false);
        await PurposeAsync("order-" + shared.Person().Number, false);
        await PurposeAsync(shared.Person().Number.ToLowerInvariant() + "号", false);
    }

    private async Task PurposeAsync(string purpose, bool isValid)
    {
        var request = new CheckSubjectRequest { Subject = shared.Company(), Matter = Commitment, Purpose = purpose };
        if (isValid)
        {
            Assert.Equal(Verdict.Clear, (await shared.Lookup("hainan-approval").CheckSubjectAsync(request)).Verdict);
            return;
        }

        var failure = await RpcFailure.OfAsync(shared.Lookup("hainan-approval").CheckSubjectAsync(request));
        Assert.Equal((StatusCode.InvalidArgument, "PURPOSE_INVALID", "purpose"), (failure.Code, failure.Reason, failure.Field));
    }
}
