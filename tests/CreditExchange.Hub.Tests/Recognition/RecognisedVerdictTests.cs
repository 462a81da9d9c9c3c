using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Registry;
using CreditExchange.Hub.Tests.Edge;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Recognition;

/// <summary>What a partner's listing means in the verdicts here: only under an agreement in force, and only what its rows say.</summary>
public sealed class RecognisedVerdictTests
{
    [Fact]
    public async Task A_listing_counts_while_its_agreement_is_in_force_and_not_before_paused_or_ended()
    {
        await using var hainan = await Provinces.HainanAsync();
        await using var guangdong = await Provinces.GuangdongAsync();
        await using var edge = await EdgeNodes.StartAsync(hainan);
        var partner = await guangdong.PartyAsync();
        var company = TestListings.Company(61);
        var told = Provinces.Told(partner, company);

        Assert.Equal(ErrorReason.AgreementNotFound, await RefusedAsync(hainan, told));
        var terms = await Provinces.TermsAsync(Provinces.GdHi, hainan, guangdong);
        var proposed = await hainan.ProposeAsync(terms);
        Assert.Equal(ErrorReason.AgreementNotInForce, await RefusedAsync(hainan, told));
        var both = await guangdong.CountersignAsync(proposed.Agreement.Signed);
        await hainan.CountersignAsync(both.Agreement.Signed);

        var recorded = await hainan.AcceptAsync(told);
        var position = recorded.Event!.Position;
        var hit = await hainan.CheckAsync(company, position);
        Assert.Equal(Verdict.Restricted, hit.Verdict);
        var match = Assert.Single(hit.Matches);
        Assert.Equal("经440000认定，依协议GD-HI-2026-01第3条互认", match.Recognised);
        Assert.Equal(["RECOGNISED"], match.Marks);
        Assert.Equal(("440100", "440000/gz-court", Provinces.GdHi, "article 3"),
            (match.Origin.Region, match.Origin.Agency, match.Origin.Agreement, match.Origin.Article));
        var consequence = Assert.Single(hit.Consequences);
        Assert.Equal(("ORDINARY_PROCEDURE", "琼府办〔2021〕4号 (五)"), (consequence.Code, consequence.Basis));
        Assert.Equal("经440000认定，依协议GD-HI-2026-01第3条互认", consequence.Recognised);
        Assert.Equal(["commitment.ordinary-procedure"], hit.Measures);
        var english = await hainan.CheckAsync(company, position, language: "en");
        Assert.Equal("recognised from 440000 under agreement GD-HI-2026-01, article 3", english.Matches[0].Recognised);

        // Only in the matters of the row: the same list restricts a bid, but not by this agreement.
        Assert.Equal(Verdict.Clear, (await hainan.CheckAsync(company, position, "procurement.government-bid")).Verdict);

        await AssertBothAsync(Verdict.Restricted);
        await hainan.SuspendAsync();
        await AssertBothAsync(Verdict.Clear);
        await hainan.ResumeAsync();
        await AssertBothAsync(Verdict.Restricted);
        // The partner's end is told by its hub; until then this side's events decide, and then this side's own end.
        await hainan.EndAsync();
        await AssertBothAsync(Verdict.Clear);
        Assert.Equal(ErrorReason.AgreementNotInForce, await RefusedAsync(hainan, Provinces.Told(partner, company, revision: 2)));
        // An end is taken in all the same, so that nothing ended can count again.
        var repaired = await hainan.AcceptAsync(Provinces.Told(partner, company, revision: 3, state: ListingState.Repaired));
        Assert.Equal(EventKind.Repaired, repaired.Event!.Kind);

        async Task AssertBothAsync(Verdict expected)
        {
            Assert.Equal(expected, (await hainan.CheckAsync(company)).Verdict);
            var head = hainan.Services.GetRequiredService<Ledger.ILedger>().Head;
            Assert.Equal(expected, (await edge.CheckAsync(company, head)).Verdict);
        }
    }

    [Fact]
    public async Task Without_a_receiving_basis_nothing_restricts_and_an_honour_only_informs()
    {
        await using var hainan = await Provinces.HainanAsync();
        await using var guangdong = await Provinces.GuangdongAsync();
        await Provinces.AgreeAsync(hainan, guangdong);
        var partner = await guangdong.PartyAsync();
        var (shady, honoured) = (TestListings.Company(62), TestListings.Company(63));
        await hainan.AcceptAsync(Provinces.Told(partner, shady, Provinces.Market));
        var last = await hainan.AcceptAsync(Provinces.Told(partner, honoured, "tax.a-grade", number: 2));
        var position = last.Event!.Position;

        var check = await hainan.CheckAsync(shady, position);
        Assert.Equal((Verdict.Caution, "EXTRA_CHECK"), (check.Verdict, Assert.Single(check.Consequences).Code));
        Assert.Equal(["RECOGNISED", "NO_RECEIVING_BASIS"], Assert.Single(check.Matches).Marks);
        Assert.Equal("GD-HI-2026-01 article 4", check.Consequences[0].Basis);
        Assert.Empty(check.Measures);
        var sampling = await hainan.CheckAsync(shady, position, "supervision.sampling");
        Assert.Equal((Verdict.Caution, "INFORM_ONLY"), (sampling.Verdict, Assert.Single(sampling.Consequences).Code));
        var favoured = await hainan.CheckAsync(honoured, position);
        Assert.Equal((Verdict.Favoured, "INFORM_ONLY"), (favoured.Verdict, Assert.Single(favoured.Consequences).Code));

        // An own listing beside it stands by its own law.
        var own = await hainan.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
        {
            RequestId = Provinces.Id(),
            Listing = TestListings.Create(Provinces.Court, shady, "own"),
        });
        var two = await hainan.CheckAsync(shady, own.Listing.Position);
        Assert.Equal(Verdict.Restricted, two.Verdict);
        Assert.Equal(["", "经440000认定，依协议GD-HI-2026-01第4条互认"], two.Matches.Select(m => m.Recognised));
        Assert.Equal(["ORDINARY_PROCEDURE", "EXTRA_CHECK"], two.Consequences.Select(c => c.Code));
    }

    [Fact]
    public async Task Only_the_origin_changes_it_and_its_end_ends_the_effect_at_once()
    {
        await using var hainan = await Provinces.HainanAsync();
        await using var guangdong = await Provinces.GuangdongAsync();
        await Provinces.AgreeAsync(hainan, guangdong);
        var partner = await guangdong.PartyAsync();
        var company = TestListings.Company(64);
        var first = await hainan.AcceptAsync(Provinces.Told(partner, company));
        var listingId = hainan.Services.GetRequiredService<ListingIds>().Format(first.Event!.Entity);

        var court = hainan.Registry("hainan-high-court");
        foreach (var attempt in new Func<Task>[]
        {
            () => court.SuspendListingAsync(new SuspendListingRequest { RequestId = Provinces.Id(), ListingId = listingId, ExpectedRevision = 1, Reason = "x" }).ResponseAsync,
            () => court.WithdrawListingAsync(new WithdrawListingRequest { RequestId = Provinces.Id(), ListingId = listingId, ExpectedRevision = 1, Reason = "x" }).ResponseAsync,
            () => court.EndListingAsync(new EndListingRequest { RequestId = Provinces.Id(), ListingId = listingId, ExpectedRevision = 1, Reason = "x", Ground = EndGround.DutyDone }).ResponseAsync,
            () => court.AmendListingAsync(new AmendListingRequest { RequestId = Provinces.Id(), ListingId = listingId, ExpectedRevision = 1, Reason = "x", Listing = new Listing { Reason = "y" }, UpdateMask = new FieldMask { Paths = { "reason" } } }).ResponseAsync,
        })
        {
            Assert.Equal("LISTING_RECOGNISED", (await RpcFailure.OfAsync(attempt)).Reason);
        }

        var seen = await hainan.Registry("hainan-approval").GetListingAsync(new GetListingRequest { ListingId = listingId });
        Assert.Equal("recognised", seen.Listing.Origin.Agreement.Length > 0 ? "recognised" : "own");
        Assert.Equal(partner.LedgerId + "-1", seen.Listing.Origin.ListingId);

        // Again: the same event, whatever its position in a new epoch of the origin.
        var told = Provinces.Told(partner, company);
        var replay = await hainan.AcceptAsync(told with { Position = 999, LedgerId = partner.LedgerId + ".2" });
        Assert.True(replay.Replayed);
        Assert.Equal(first.Event.Position, replay.Event!.Position);
        // The same revision with another content is a lie.
        Assert.Equal(ErrorReason.RequestIdReused, await RefusedAsync(hainan, Provinces.Told(partner, company, change: l => l.Reason = "改过的事由")));

        var paused = await hainan.AcceptAsync(Provinces.Told(partner, company, revision: 2, state: ListingState.Suspended));
        Assert.Equal(EventKind.Suspended, paused.Event!.Kind);
        Assert.Equal(Verdict.Clear, (await hainan.CheckAsync(company, paused.Event.Position)).Verdict);
        var back = await hainan.AcceptAsync(Provinces.Told(partner, company, revision: 4));
        Assert.Equal(EventKind.Reinstated, back.Event!.Kind);
        Assert.Equal(Verdict.Restricted, (await hainan.CheckAsync(company, back.Event.Position)).Verdict);
        Assert.Equal(ErrorReason.OriginStale, await RefusedAsync(hainan, Provinces.Told(partner, company, revision: 3, state: ListingState.Suspended)));
        var repaired = await hainan.AcceptAsync(Provinces.Told(partner, company, revision: 5, state: ListingState.Repaired));
        Assert.Equal(EventKind.Repaired, repaired.Event!.Kind);
        Assert.Equal(Verdict.Clear, (await hainan.CheckAsync(company, repaired.Event.Position)).Verdict);
        // Final stays final; an end told twice has nothing more to end.
        Assert.Equal(ErrorReason.StateNotAllowed, await RefusedAsync(hainan, Provinces.Told(partner, company, revision: 6)));
        Assert.Null((await hainan.AcceptAsync(Provinces.Told(partner, company, revision: 7, state: ListingState.Ended))).Event);
        Assert.Null((await hainan.AcceptAsync(Provinces.Told(partner, TestListings.Company(65), state: ListingState.Withdrawn, number: 9))).Event);

        // What isn't its own.
        Assert.Equal(ErrorReason.OriginMismatch, await RefusedAsync(hainan, Provinces.Told(partner, company, number: 5, change: l => l.Origin.Region = "450000")));
        Assert.Equal(ErrorReason.OriginMismatch, await RefusedAsync(hainan, Provinces.Told(partner, company, number: 5, change: l => l.Origin.Agreement = "GD-GX-2026-01")));
        Assert.Equal(ErrorReason.OriginMismatch, await RefusedAsync(hainan, Provinces.Told(partner, company, number: 5) with { LedgerId = "ffffff.1" }));
        Assert.Equal(ErrorReason.OutsideAgreement, await RefusedAsync(hainan, Provinces.Told(partner, company, "labour.wage-arrears", number: 5)));
        Assert.Equal(ErrorReason.UsccCheckDigit, await RefusedAsync(hainan, Provinces.Told(partner, new SubjectId { Kind = IdKind.Uscc, Number = "91350100M000100Y4Z" }, number: 5)));
        Assert.Equal(ErrorReason.SubjectKind, await RefusedAsync(hainan, Provinces.Told(partner, TestListings.Person(5), number: 5)));
    }

    [Fact]
    public async Task A_person_comes_under_a_token_and_is_found_by_it_alone_also_after_restart_rebuild_and_rotation()
    {
        var data = Directory.CreateTempSubdirectory("hub-recognised-").FullName;
        await using var guangdong = await Provinces.GuangdongAsync();
        var partner = await guangdong.PartyAsync();
        var value = new byte[16];
        new Random(66).NextBytes(value);
        var company = TestListings.Company(66);
        var hainan = await Provinces.HainanAsync(data);
        await Provinces.AgreeAsync(hainan, guangdong);
        await hainan.AcceptAsync(Provinces.Told(partner, company));
        var person = await hainan.AcceptAsync(Provinces.Told(partner, null!, number: 2, change: l =>
        {
            l.SubjectName = "";
            l.SubjectToken = new SubjectToken { Audience = "hainan-hub", KeyVersion = 1, Value = ByteString.CopyFrom(value) };
        }));
        var entity = person.Event!.Entity;
        await AssertFoundAsync(hainan);
        var ids = hainan.Services.GetRequiredService<ListingIds>();
        var seen = await hainan.Registry("hainan-approval").GetListingAsync(new GetListingRequest { ListingId = ids.Format(entity) });
        Assert.Null(seen.Listing.Subject);
        Assert.Null(seen.Listing.SubjectToken);
        await hainan.StopAsync();

        hainan = await Provinces.HainanAsync(data);
        Assert.Contains(hainan.Log, l => l.Contains("image is of position", StringComparison.Ordinal));
        await AssertFoundAsync(hainan);
        await new KeyService.KeyServiceClient(hainan.As("security")).RotateSubjectKeyAsync(
            new RotateSubjectKeyRequest { RequestId = Provinces.Id(), Reason = "test" });
        var view = hainan.Services.GetRequiredService<LookupView>();
        await Eventually.HoldsAsync("the subject key is switched", () => view.KeyVersion == 2);
        await AssertFoundAsync(hainan);
        Assert.Equal("", await hainan.FaultAsync());
        await hainan.StopAsync();

        File.Delete(Path.Combine(data, "view.image"));
        hainan = await Provinces.HainanAsync(data);
        await AssertFoundAsync(hainan);
        await hainan.DisposeAsync();

        async Task AssertFoundAsync(HubServer hub)
        {
            var lookup = hub.Services.GetRequiredService<LookupView>();
            await Eventually.HoldsAsync("the view has it", () => lookup.PositionOf(entity) is not null);
            lookup.ReadOwn(SubjectKey.OfToken(value), out var reading);
            Assert.Equal(1, reading.Effects.Count);
            Assert.Equal(entity, reading.Effects[0].Entity);
            Assert.Equal(Verdict.Restricted, (await hub.CheckAsync(company)).Verdict);
        }
    }

    [Fact]
    public async Task The_end_that_the_origin_gave_it_ends_it_by_the_clock()
    {
        var time = FakeTime.OfWallClock(Provinces.Now);
        await using var hainan = await Provinces.HainanAsync(null, time);
        await using var guangdong = await Provinces.GuangdongAsync(time);
        await Provinces.AgreeAsync(hainan, guangdong);
        var partner = await guangdong.PartyAsync();
        var company = TestListings.Company(67);
        var end = Provinces.Now.AddMinutes(10);
        var listed = await hainan.AcceptAsync(Provinces.Told(partner, company, change: l => l.EffectiveUntil = Timestamp.FromDateTimeOffset(end)));
        Assert.Equal(Verdict.Restricted, (await hainan.CheckAsync(company, listed.Event!.Position)).Verdict);
        time.Now = end;
        Assert.Equal(Verdict.Clear, (await hainan.CheckAsync(company)).Verdict);
        var ledger = hainan.Services.GetRequiredService<Ledger.ILedger>();
        await Eventually.HoldsAsync("the end is confirmed", () => ledger.Last(listed.Event.Entity)!.Kind == EventKind.Expired);
        // The origin had prolonged it, and its word came late.
        var prolonged = await hainan.AcceptAsync(Provinces.Told(
            partner, company, revision: 2, change: l => l.EffectiveUntil = Timestamp.FromDateTimeOffset(end.AddDays(1))));
        Assert.Equal(Verdict.Restricted, (await hainan.CheckAsync(company, prolonged.Event!.Position)).Verdict);
    }

    [Fact]
    public async Task An_agreement_counts_on_its_days_alone()
    {
        var time = FakeTime.OfWallClock(Provinces.Now);
        await using var hainan = await Provinces.HainanAsync(null, time);
        await using var guangdong = await Provinces.GuangdongAsync(time);
        await Provinces.AgreeAsync(hainan, guangdong, change: t => (t.From, t.Until) = ("2026-11-20", "2026-11-23"));
        var partner = await guangdong.PartyAsync();
        var company = TestListings.Company(68);
        var listed = await hainan.AcceptAsync(Provinces.Told(partner, company));
        Assert.Equal(Verdict.Restricted, (await hainan.CheckAsync(company, listed.Event!.Position)).Verdict);
        // 24:00 Asia/Shanghai of the last day.
        time.Now = new DateTimeOffset(2026, 11, 22, 15, 59, 59, TimeSpan.Zero);
        Assert.Equal(Verdict.Restricted, (await hainan.CheckAsync(company)).Verdict);
        time.Now = new DateTimeOffset(2026, 11, 22, 16, 0, 0, TimeSpan.Zero);
        Assert.Equal(Verdict.Clear, (await hainan.CheckAsync(company)).Verdict);
    }

    private static async Task<ErrorReason> RefusedAsync(HubServer hub, Domain.Recognition.OriginEvent told) =>
        (await Assert.ThrowsAsync<RuleViolation>(async () => await hub.AcceptAsync(told))).Reason;
}
