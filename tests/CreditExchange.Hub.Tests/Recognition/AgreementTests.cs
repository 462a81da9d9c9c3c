using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Tests.Recognition;

/// <summary>Two provinces sign, over real gRPC, each with its own keys.</summary>
public sealed class TwoProvinces : IAsyncLifetime
{
    public HubServer Hainan { get; private set; } = null!;

    public HubServer Guangdong { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Hainan = await Provinces.HainanAsync();
        Guangdong = await Provinces.GuangdongAsync();
    }

    public async Task DisposeAsync()
    {
        await Hainan.DisposeAsync();
        await Guangdong.DisposeAsync();
    }
}

public sealed class AgreementTests(TwoProvinces two) : IClassFixture<TwoProvinces>
{
    private readonly HubServer hainan = two.Hainan;
    private readonly HubServer guangdong = two.Guangdong;

    [Fact]
    public async Task Proposed_here_and_countersigned_there_it_is_in_force_at_both_with_the_same_bytes()
    {
        var terms = await TermsAsync("GD-HI-LIFE");
        var proposed = await hainan.ProposeAsync(terms);
        Assert.Equal(AgreementState.Proposed, proposed.Agreement.State);
        Assert.False(proposed.Counts);
        Assert.Equal("440000", proposed.Partner);
        Assert.Equal("460000", Assert.Single(proposed.Agreement.Signed.Signatures).Region);

        var there = await guangdong.CountersignAsync(proposed.Agreement.Signed);
        Assert.True(there.Counts);
        Assert.Equal("460000", there.Partner);
        var here = await hainan.CountersignAsync(there.Agreement.Signed);
        Assert.True(here.Counts);
        Assert.Equal(proposed.Agreement.Signed.Terms, here.Agreement.Signed.Terms);
        Assert.Equal(there.Agreement.Signed.Terms, here.Agreement.Signed.Terms);
        Assert.Equal(2, here.Agreement.Signed.Signatures.Count);
        Assert.Equal(2, here.Agreement.Revision);
        Assert.Equal(terms, here.Terms);

        await hainan.SuspendAsync("GD-HI-LIFE");
        var suspended = await GetAsync(hainan, "GD-HI-LIFE");
        Assert.Equal(AgreementState.Suspended, suspended.Agreement.State);
        Assert.Equal(["460000"], suspended.Agreement.SuspendedBy);
        Assert.Equal("AGREEMENT_STATE", (await RpcFailure.OfAsync(() => hainan.SuspendAsync("GD-HI-LIFE"))).Reason);
        // Each side's own event decides on its side.
        Assert.Equal(AgreementState.InForce, (await GetAsync(guangdong, "GD-HI-LIFE")).Agreement.State);
        await hainan.ResumeAsync("GD-HI-LIFE");
        Assert.True((await GetAsync(hainan, "GD-HI-LIFE")).Counts);
        await hainan.EndAsync("GD-HI-LIFE");
        var ended = await GetAsync(hainan, "GD-HI-LIFE");
        Assert.Equal((AgreementState.Ended, "460000"), (ended.Agreement.State, ended.Agreement.EndedBy));
        Assert.Equal("AGREEMENT_STATE", (await RpcFailure.OfAsync(() => hainan.ResumeAsync("GD-HI-LIFE"))).Reason);
        // Its id is never given again.
        var again = await TermsAsync("GD-HI-LIFE");
        Assert.Equal("AGREEMENT_EXISTS", (await RpcFailure.OfAsync(() => hainan.ProposeAsync(again))).Reason);
        await guangdong.EndAsync("GD-HI-LIFE");
        var listed = await hainan.Recognition().ListAgreementsAsync(new ListAgreementsRequest());
        Assert.Contains(listed.Agreements, a => a.Agreement.AgreementId == "GD-HI-LIFE");
    }

    [Fact]
    public async Task A_retry_gets_the_first_answer_and_other_content_under_the_same_id_is_refused()
    {
        var terms = await TermsAsync("GD-HI-RETRY");
        var request = Provinces.Id();
        var first = await hainan.ProposeAsync(terms, request);
        Assert.Equal(first, await hainan.ProposeAsync(terms, request));
        var other = await TermsAsync("GD-HI-RETRY-2");
        Assert.Equal("REQUEST_ID_REUSED", (await RpcFailure.OfAsync(() => hainan.ProposeAsync(other, request))).Reason);
        await hainan.EndAsync("GD-HI-RETRY");
        Assert.Equal(first, await hainan.ProposeAsync(terms, request));
    }

    [Fact]
    public async Task Every_flipped_bit_of_terms_or_signature_is_refused_by_the_other_side()
    {
        var proposed = (await hainan.ProposeAsync(await TermsAsync("GD-HI-BITS"))).Agreement.Signed;
        var random = new Random(6);
        for (var i = 0; i < 40; i++)
        {
            var forged = proposed.Clone();
            if (i % 2 == 0)
            {
                forged.Terms = Flip(forged.Terms, random);
            }
            else
            {
                forged.Signatures[0].Signature = Flip(forged.Signatures[0].Signature, random);
            }

            var failure = await RpcFailure.OfAsync(() => guangdong.CountersignAsync(forged));
            Assert.Contains(failure.Reason, new[] { "AGREEMENT_SIGNATURE", "AGREEMENT_INVALID" });
        }

        Assert.DoesNotContain(
            (await guangdong.Recognition().ListAgreementsAsync(new ListAgreementsRequest())).Agreements,
            a => a.Agreement.AgreementId == "GD-HI-BITS");
        await hainan.EndAsync("GD-HI-BITS");
    }

    [Fact]
    public async Task What_is_not_ours_or_not_signed_is_refused()
    {
        var terms = await TermsAsync("GD-HI-ODD");
        var proposed = (await hainan.ProposeAsync(terms)).Agreement.Signed;
        var unsigned = proposed.Clone();
        unsigned.Signatures.Clear();
        Assert.Equal("AGREEMENT_SIGNATURE", (await RpcFailure.OfAsync(() => guangdong.CountersignAsync(unsigned))).Reason);
        // The proposer gets its own proposal back without the other's signature.
        Assert.Equal("AGREEMENT_SIGNATURE", (await RpcFailure.OfAsync(() => hainan.CountersignAsync(proposed))).Reason);

        var foreign = await TermsAsync("GD-HI-FOREIGN");
        foreign.Parties[1].LedgerId = "ffffff";
        var failure = await RpcFailure.OfAsync(() => hainan.ProposeAsync(foreign));
        Assert.Equal(("AGREEMENT_NOT_PARTY", "ledger_id"), (failure.Reason, failure.Facts["what"]));
        var gx = Domain.Recognition.DemonstrationAgreements.Terms("GD-GX-2026-01", await guangdong.PartyAsync());
        gx.Parties[1].LedgerId = "abcdef";
        gx.Parties[1].Keys.Add(gx.Parties[0].Keys);
        Assert.Equal("AGREEMENT_NOT_PARTY", (await RpcFailure.OfAsync(() => hainan.ProposeAsync(gx))).Reason);

        // Two agreements can't say something of the same list on the same days.
        var second = await TermsAsync("GD-HI-ODD-2");
        var overlap = await RpcFailure.OfAsync(() => hainan.ProposeAsync(second));
        Assert.Equal(("AGREEMENT_OVERLAP", "GD-HI-ODD"), (overlap.Reason, overlap.Facts["other"]));
        await hainan.EndAsync("GD-HI-ODD");
        Assert.Equal("AGREEMENT_NOT_FOUND", (await RpcFailure.OfAsync(() => hainan.EndAsync("GD-HI-NONE"))).Reason);
    }

    [Fact]
    public async Task Only_the_operator_makes_agreements_and_the_parties_see_them_in_the_stream()
    {
        var failure = await RpcFailure.OfAsync(() => hainan.Recognition("hainan-high-court").ListAgreementsAsync(new ListAgreementsRequest()).ResponseAsync);
        Assert.Equal("SCOPE_MISSING", failure.Reason);
        var proposed = await hainan.ProposeAsync(await TermsAsync("GD-HI-SEEN"));
        Assert.Equal(Redaction.Unspecified, await SeenAsync("guangdong-hub", proposed.Agreement.Position));
        Assert.Equal(Redaction.Unspecified, await SeenAsync("operator", proposed.Agreement.Position));
        Assert.Equal(Redaction.Right, await SeenAsync("guangxi-hub", proposed.Agreement.Position));
        Assert.Equal(Redaction.Right, await SeenAsync("hainan-high-court", proposed.Agreement.Position));
        await hainan.EndAsync("GD-HI-SEEN");
    }

    [Fact]
    public async Task A_partner_sees_what_an_agreement_in_force_covers_and_nothing_else()
    {
        await using var own = await Provinces.HainanAsync();
        var company = await PublishAsync("hainan-high-court", Provinces.Court, TestListings.Company(81));
        var person = await PublishAsync("hainan-high-court", Provinces.Court, TestListings.Person(81));
        var outside = await PublishAsync("haikou-customs", "dutyfree.dishonesty", TestListings.Person(82));
        Assert.Equal(Redaction.Right, (await EventAsync(company)).Redaction);

        var terms = await Provinces.TermsAsync(Provinces.GdHi, own, guangdong);
        terms.AgreementId = "GD-HI-MASKS";
        var proposed = await own.ProposeAsync(terms);
        Assert.Equal(Redaction.Right, (await EventAsync(company)).Redaction);
        await own.CountersignAsync((await guangdong.CountersignAsync(proposed.Agreement.Signed)).Agreement.Signed);
        var seen = await EventAsync(company);
        Assert.Equal((company.Subject, company.ListingId), (seen.Listing.Subject, seen.Listing.ListingId));
        var masked = await EventAsync(person);
        Assert.Null(masked.Listing.Subject);
        Assert.Equal(("guangdong-hub", "", ""), (masked.Listing.SubjectToken.Audience, masked.Listing.SubjectName, masked.Reason));
        Assert.Equal(Redaction.Right, (await EventAsync(outside)).Redaction);
        Assert.Equal(Redaction.Right, (await EventAsync(company, "guangxi-hub")).Redaction);

        // What it told itself doesn't come back, and goes to nobody else.
        var accepted = await own.AcceptAsync(Provinces.Told(await guangdong.PartyAsync(), TestListings.Company(83)), "GD-HI-MASKS");
        foreach (var hub in new[] { "guangdong-hub", "guangxi-hub" })
        {
            Assert.Equal(Redaction.Right, (await EventAsync(new Listing { Position = accepted.Event!.Position }, hub)).Redaction);
        }

        await own.SuspendAsync("GD-HI-MASKS");
        Assert.Equal(Redaction.Right, (await EventAsync(company)).Redaction);
        await guangdong.EndAsync("GD-HI-MASKS");

        async Task<Listing> PublishAsync(string agency, string list, SubjectId subject) =>
            (await own.Registry(agency).PublishListingAsync(new PublishListingRequest
            {
                RequestId = Provinces.Id(),
                Listing = TestListings.Create(list, subject, Provinces.Id()),
            })).Listing;

        async Task<LedgerEvent> EventAsync(Listing listing, string hub = "guangdong-hub") => (await SharedHub.WatchAsync(
            own.Updates(hub), new WatchUpdatesRequest { FromPosition = listing.Position }, m => m.Event?.Position == listing.Position))[^1].Event;
    }

    private async Task<Redaction> SeenAsync(string agency, long position)
    {
        var seen = await SharedHub.WatchAsync(
            hainan.Updates(agency), new WatchUpdatesRequest { FromPosition = position }, m => m.Event?.Position == position);
        Assert.Equal(seen[^1].Event.Redaction == Redaction.Unspecified, seen[^1].Event.Agreement is not null);
        return seen[^1].Event.Redaction;
    }

    private async Task<AgreementTerms> TermsAsync(string id)
    {
        var terms = await Provinces.TermsAsync(Provinces.GdHi, hainan, guangdong);
        terms.AgreementId = id;
        return terms;
    }

    private static async Task<AgreementStatus> GetAsync(HubServer hub, string id) =>
        (await hub.Recognition().GetAgreementAsync(new GetAgreementRequest { AgreementId = id })).Status;

    private static ByteString Flip(ByteString bytes, Random random)
    {
        var copy = bytes.ToByteArray();
        copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
        return ByteString.CopyFrom(copy);
    }
}
