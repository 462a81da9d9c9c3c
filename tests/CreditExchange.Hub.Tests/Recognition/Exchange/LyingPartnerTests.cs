using System.Security.Cryptography;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Recognition;
using CreditExchange.Hub.Recognition.Exchange;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Recognition.Exchange;

/// <summary>A partner with a good key that lies, over the network: each lie has its reason, is counted as an alarm, and nothing of it is applied.</summary>
public sealed class LyingPartnerTests
{
    private static readonly SubjectId Told = TestListings.Company(9_401);

    public static TheoryData<string, ErrorReason> Lies => new()
    {
        { "altered", ErrorReason.ExchangeChain },
        { "altered on the way", ErrorReason.ExchangeSignature },
        { "reordered", ErrorReason.ExchangeBackdated },
        { "back-dated", ErrorReason.ExchangeBackdated },
        { "dropped at the begin", ErrorReason.ExchangeGap },
        { "dropped inside", ErrorReason.ExchangeChain },
        { "replayed batch", ErrorReason.ExchangeGap },
        { "replayed frame", ErrorReason.ExchangeSequence },
        { "replayed session", ErrorReason.ExchangeSignature },
        { "wrong chain", ErrorReason.ExchangeChain },
        { "another history", ErrorReason.ExchangeChain },
        { "foreign key", ErrorReason.ExchangeKeyUnknown },
        { "foreign key under the name of the right one", ErrorReason.ExchangeSignature },
        { "another's listing", ErrorReason.ExchangeContent },
        { "content of another revision", ErrorReason.ExchangeContent },
        { "a person in clear", ErrorReason.ExchangeContent },
        { "a token of no key", ErrorReason.ExchangeContent },
        { "progress that was not made", ErrorReason.ExchangeGap },
        { "a receipt for nothing", ErrorReason.ExchangeFrame },
        { "a second hello", ErrorReason.ExchangeFrame },
        { "a checkpoint by another key", ErrorReason.ExchangeCheckpoint },
    };

    [Fact]
    public async Task Every_lie_is_refused_by_its_own_reason_and_nothing_of_it_counts()
    {
        await using var hub = await Neighbours.StartAsync("460000");
        using var partner = new TestPartner("440000");
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await partner.AgreeAsync(hub);
        var ledger = partner.NewLedger();
        ledger.Pass();
        ledger.List(Told);
        ledger.Pass();
        SignedFrame old;
        using (var honest = await partner.ConnectAsync(hub, ledger))
        {
            await honest.SendAsync(ledger.Batch());
            Assert.Equal(RecognitionOutcome.Recognised, Assert.Single((await honest.ReceiptAsync(3)).Outcomes).Outcome);
            old = honest.Sign(new ExchangeFrame { Batch = ledger.Batch() });
        }

        var known = hub.RecognisedEvents();
        var state = hub.PartnerOf("440000").Incoming.State;
        Assert.Equal((1, 3L), (known, state.Position));
        ledger.List(TestListings.Company(9_402));
        ledger.Pass();
        ledger.List(TestListings.Company(9_403));
        foreach (var row in Lies)
        {
            var (lie, expected) = ((string)row[0], (ErrorReason)row[1]);
            var before = FaultsOf(hub, expected);
            using var session = await partner.ConnectAsync(hub, ledger);
            Assert.Equal(3, session.Theirs.Resume.Position);
            foreach (var frame in Lie(lie, session, ledger, foreign, old, partner))
            {
                await session.SendRawAsync(frame);
            }

            var reason = await session.EndAsync();
            Assert.True(expected == reason, $"{lie}: {reason} instead of {expected}");
            await Neighbours.UntilAsync(() => !hub.PartnerOf("440000").IsConnected);
            Assert.True(FaultsOf(hub, expected) == before + 1, lie);
            Assert.True(hub.RecognisedEvents() == known, lie);
            Assert.Equal(3, hub.PartnerOf("440000").Incoming.State.Position);
        }

        // After all that the truth is taken.
        using var last = await partner.ConnectAsync(hub, ledger);
        await last.SendAsync(ledger.Batch(4));
        Assert.All((await last.ReceiptAsync(6)).Outcomes, o => Assert.Equal(RecognitionOutcome.Recognised, o.Outcome));
        Assert.Equal(3, hub.RecognisedEvents());
    }

    [Fact]
    public async Task What_an_agreement_does_not_cover_is_refused_event_by_event()
    {
        await using var hub = await Neighbours.StartAsync("460000");
        using var partner = new TestPartner("440000");
        await partner.AgreeAsync(hub);
        var ledger = partner.NewLedger();
        using var session = await partner.ConnectAsync(hub, ledger);
        var person = TestListings.Person(9_411);
        ledger.List(null, token: session.TokenOf(person));
        ledger.List(TestListings.Company(9_412), list: "commitment.false");
        ledger.List(TestListings.Company(9_413), agreement: "GX-HI-2026-01");
        ledger.List(TestListings.Company(9_414), change: l => l.Origin.Region = "450000");
        ledger.List(TestListings.Company(9_415), change: l => l.Origin.Agreement = Provinces.GdHi);
        ledger.List(new SubjectId { Kind = IdKind.Uscc, Number = "91460000000000000X" });
        ledger.List(TestListings.Company(9_416), change: l => l.EffectiveFrom = null);
        await session.SendAsync(ledger.Batch());
        var receipt = await session.ReceiptAsync(7);
        Assert.Equal(RecognitionOutcome.Recognised, receipt.Outcomes[0].Outcome);
        Assert.Equal(
            [ErrorReason.OutsideAgreement, ErrorReason.AgreementNotInForce, ErrorReason.OriginMismatch, ErrorReason.OriginMismatch, ErrorReason.UsccCheckDigit, ErrorReason.Required],
            receipt.Outcomes.Skip(1).Select(o => o.Reason));
        Assert.Equal(Verdict.Restricted, (await hub.CheckNowAsync(person)).Verdict);
        Assert.Equal(1, hub.RecognisedEvents());
        var report = await hub.ReportAsync("440000");
        Assert.Equal((1L, 6L, 6), (report.RecognisedCount, report.RefusedCount, report.Refused.Count));
    }

    [Fact]
    public async Task Nobody_exchanges_without_an_agreement_that_both_have_signed_and_nobody_has_ended()
    {
        await using var hub = await Neighbours.StartAsync("460000");
        using var partner = new TestPartner("440000");
        var ledger = partner.NewLedger().Pass();
        Assert.Equal(ErrorReason.PartnerUnknown, await RefusedAsync(partner, hub, ledger));
        await partner.AgreeAsync(hub, countersigned: false);
        Assert.Equal(ErrorReason.AgreementNotInForce, await RefusedAsync(partner, hub, ledger));
        await hub.EndAsync();
        Assert.Equal(ErrorReason.AgreementNotInForce, await RefusedAsync(partner, hub, ledger));
        await partner.AgreeAsync(hub, "GD-HI-2026-01", change: t => t.AgreementId = "GD-HI-2026-02");

        // A key that was stolen, after the agreement that named it has ended and another names the next one.
        using (var session = await partner.ConnectAsync(hub, ledger))
        {
            await session.SendAsync(ledger.Batch());
            await session.ReceiptAsync(1);
        }

        using var stolen = partner.Key;
        partner.Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await hub.EndAsync("GD-HI-2026-02");
        await partner.AgreeAsync(hub, change: t => t.AgreementId = "GD-HI-2026-03");
        Assert.Equal(ErrorReason.ExchangeKeyUnknown, await RefusedAsync(partner, hub, ledger, stolen));
        using var honest = await partner.ConnectAsync(hub, ledger);
        Assert.Equal(1, honest.Theirs.Resume.Position);
    }

    [Fact]
    public async Task Another_ledger_is_refused_and_another_epoch_until_the_operator_admits_it()
    {
        await using var hub = await Neighbours.StartAsync("460000");
        using var partner = new TestPartner("440000");
        await partner.AgreeAsync(hub);
        var ledger = partner.NewLedger().Pass(2);
        ledger.List(Told);
        using (var session = await partner.ConnectAsync(hub, ledger))
        {
            await session.SendAsync(ledger.Batch());
            await session.ReceiptAsync(3);
        }

        Assert.Equal(ErrorReason.ExchangeLedger, await RefusedAsync(partner, hub, new FakeLedger("ffffff.1", "440000").Pass()));
        // Restored to position 2: what came after it is lost there.
        var restored = partner.NewLedger(epoch: 2).Pass(2);
        Assert.Equal(ErrorReason.ExchangeEpoch, await RefusedAsync(partner, hub, restored, change: ToEpoch));
        var waiting = await hub.ReportAsync("440000");
        Assert.Equal((PartnerState.EpochPending, "abc123.2"), (waiting.State, waiting.PendingEpoch.LedgerId));
        var fault = await Assert.ThrowsAsync<RpcException>(async () => await hub.Recognition().AdmitEpochAsync(
            new AdmitEpochRequest { RequestId = "a", Region = "440000", LedgerId = "abc123.3", Reason = "x" }));
        Assert.Equal(ErrorReason.EpochNotOffered, TestSession.ReasonOf(fault));
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => hub.Recognition().AdmitEpochAsync(
            new AdmitEpochRequest { RequestId = "b", Region = "440000", LedgerId = "abc123.2", Reason = "已向对方核实" }).ResponseAsync));
        var admitted = answers[0];
        Assert.All(answers, a => Assert.Equal(2, a.Partner.Received.Position));
        Assert.Equal(2, admitted.Partner.Received.Position);

        restored.List(TestListings.Company(9_421), entity: 77);
        using var next = await partner.ConnectAsync(hub, restored, ToEpoch);
        Assert.Equal(("abc123.2", 2L), (next.Theirs.Resume.LedgerId, next.Theirs.Resume.Position));
        await next.SendAsync(restored.Batch(3));
        Assert.Equal(RecognitionOutcome.Recognised, Assert.Single((await next.ReceiptAsync(3)).Outcomes).Outcome);

        void ToEpoch(ExchangeHello hello)
        {
            hello.Epoch.FirstPosition = 3;
            hello.Epoch.ChainBefore = ByteString.CopyFrom(restored.ChainAt(2));
        }
    }

    [Fact]
    public async Task Two_histories_shown_to_two_hubs_are_found_out_and_nothing_of_that_hub_counts_any_more()
    {
        await using var hainan = await Neighbours.StartAsync("460000");
        await using var guangxi = await Neighbours.StartAsync("450000", null, ("460000", hainan));
        await Provinces.AgreeAsync(hainan, guangxi, "GX-HI-2026-01");
        using var partner = new TestPartner("440000");
        await partner.AgreeAsync(hainan);
        await partner.AgreeAsync(guangxi, "GD-GX-2026-01");
        var one = partner.NewLedger(salt: 1).Pass(2);
        one.List(Told);
        one.Pass(3);
        var other = partner.NewLedger(salt: 2).Pass(9);
        using var toHainan = await partner.ConnectAsync(hainan, one);
        await toHainan.SendAsync(one.Batch());
        await toHainan.ReceiptAsync(one.Head);
        await toHainan.SendAsync(partner.Sign(one.Checkpoint(6)));
        Assert.Equal(Verdict.Restricted, (await hainan.CheckNowAsync(Told)).Verdict);
        await hainan.HasAllAsync("450000", guangxi);

        using var toGuangxi = await partner.ConnectAsync(guangxi, other);
        await toGuangxi.SendAsync(other.Batch(covered: ["GD-GX-2026-01"]));
        await toGuangxi.SendAsync(partner.Sign(other.Checkpoint(6)));

        // Whoever finds out, by a checkpoint or by the batch itself, proves it to the other.
        await Neighbours.UntilAsync(() => IsConvicted(hainan) && IsConvicted(guangxi));
        Assert.Equal(Verdict.Clear, (await hainan.CheckNowAsync(Told)).Verdict);
        var report = await hainan.ReportAsync("440000");
        Assert.Equal((PartnerState.Forked, 6L), (report.State, report.Fork.Position));
        Assert.NotEqual(report.Fork.Chain, LedgerCheckpoint.Parser.ParseFrom(report.Fork.Checkpoint.Checkpoint).Chain);
        Assert.Contains("fork: ledger abc123.1, position 6", hainan.Services.GetRequiredService<AgreementsView>().Get(Provinces.GdHi).Agreement.Reason, StringComparison.Ordinal);
        // The one who passed it on is not to blame.
        Assert.Empty(hainan.PartnerOf("450000").Faults.Read());
        Assert.Empty(guangxi.PartnerOf("460000").Faults.Read());
        Assert.Equal(AgreementState.InForce, hainan.Services.GetRequiredService<AgreementsView>().Get("GX-HI-2026-01").Agreement.State);
        await Neighbours.UntilAsync(() => !hainan.PartnerOf("440000").IsConnected);
        Assert.Equal(ErrorReason.ExchangeFork, await RefusedAsync(partner, hainan, one));

        static bool IsConvicted(HubServer hub) => hub.Services.GetRequiredService<ForkBook>().Of("440000") is not null
            && hub.Services.GetRequiredService<PartnerBook>().TermsOf("440000") is not { InForce.Count: > 0 };
    }

    [Fact]
    public async Task Nothing_that_a_hub_sends_names_a_person()
    {
        await using var hub = await Neighbours.StartAsync("460000");
        using var partner = new TestPartner("440000");
        await partner.AgreeAsync(hub);
        var registry = hub.Registry("hainan-high-court");
        var person = TestListings.Person(9_431);
        var representative = TestListings.Person(9_432);
        var company = TestListings.Company(9_433);
        var listed = await registry.PublishAsync(person, change: l => (l.SubjectName, l.Reason) = ("样例某甲", "样例某甲拒不履行"));
        var ofCompany = await registry.PublishAsync(company, change: l => l.RelatedPersons.Add(new RelatedPerson
        {
            Subject = representative,
            Name = "样例某乙",
            Role = "legal-representative",
            Basis = "依据第一条",
        }));
        await registry.EndAsync(listed);
        await registry.PublishAsync(TestListings.Person(9_434), change: l => l.SubjectName = "样例某丙");
        using var session = await partner.ConnectAsync(hub, partner.NewLedger());
        var head = hub.Ledger().Head;
        var contents = new List<Listing>();
        while (contents.Count == 0 || contents.Max(l => l.Position) < ofCompany.Position + 2)
        {
            var batch = (await session.UntilAsync(f => f.Batch is not null)).Batch;
            contents.AddRange(batch.Events.Where(e => e.Content.Length > 0).Select(e => LedgerEvent.Parser.ParseFrom(e.Content).Listing));
            if (batch.FirstPosition + batch.Events.Count - 1 >= head)
            {
                break;
            }
        }

        // The ended one is told by its end alone.
        Assert.Equal([ListingState.Active, ListingState.Ended, ListingState.Active], contents.Select(l => l.State));
        Assert.Equal(company.Number, contents[0].Subject.Number);
        using var maker = new SubjectTokenMaker("440000", TestSession.TokenKey);
        Assert.Equal(maker.Of(person), contents[1].SubjectToken);
        foreach (var frame in session.Received)
        {
            Assert.All(
                [person.Number, representative.Number, "样例某甲", "样例某乙", "样例某丙", TestListings.Person(9_434).Number],
                secret => Assert.False(frame.Frame.Contains(secret), secret));
        }
    }

    private static IEnumerable<SignedFrame> Lie(string lie, TestSession session, FakeLedger ledger, ECDsa foreign, SignedFrame old, TestPartner partner)
    {
        var batch = ledger.Batch(4);
        SignedFrame Signed() => session.Sign(new ExchangeFrame { Batch = batch });
        switch (lie)
        {
            case "altered":
                batch.Events[1].Commitment = ByteString.CopyFrom(new byte[32]);
                yield return Signed();
                break;
            case "altered on the way":
                var altered = Signed();
                var bytes = altered.Frame.ToByteArray();
                bytes[^3] ^= 1;
                altered.Frame = ByteString.CopyFrom(bytes);
                yield return altered;
                break;
            case "reordered":
                (batch.Events[0], batch.Events[1]) = (batch.Events[1].Clone(), batch.Events[0].Clone());
                FakeLedger.Rechain(batch);
                yield return Signed();
                break;
            case "back-dated":
                batch.Events[0].RecordedAt = 1;
                FakeLedger.Rechain(batch);
                yield return Signed();
                break;
            case "dropped at the begin":
                batch = ledger.Batch(5);
                yield return Signed();
                break;
            case "dropped inside":
                batch.Events.RemoveAt(1);
                yield return Signed();
                break;
            case "replayed batch":
                batch = ledger.Batch(1, 3);
                yield return Signed();
                break;
            case "replayed frame":
                var twice = session.Sign(new ExchangeFrame { Progress = new ExchangeProgress { Position = 3, HeadPosition = 3 } });
                yield return twice;
                yield return twice;
                break;
            case "replayed session":
                yield return old;
                break;
            case "wrong chain":
                batch.ChainAfter = ByteString.CopyFrom(new byte[32]);
                yield return Signed();
                break;
            case "another history":
                batch = partner.NewLedger(salt: 5).Pass(6).Batch(4);
                yield return Signed();
                break;
            case "foreign key":
                yield return session.Sign(new ExchangeFrame { Batch = batch }, by: foreign);
                break;
            case "foreign key under the name of the right one":
                var masked = session.Sign(new ExchangeFrame { Batch = batch }, by: foreign);
                masked.KeyId = partner.Party().Keys[0].KeyId;
                yield return masked;
                break;
            case "another's listing":
                Change(l => l.ListingId = "aaaaaa-1");
                yield return Signed();
                break;
            case "content of another revision":
                Change(l => l.Revision = 7);
                yield return Signed();
                break;
            case "a person in clear":
                Change(l => l.Subject = TestListings.Person(9_409));
                yield return Signed();
                break;
            case "a token of no key":
                Change(l =>
                {
                    (l.Subject, l.SubjectName, l.Reason) = (null, "", "");
                    l.SubjectToken = new SubjectToken { KeyVersion = 9, Value = ByteString.CopyFrom(new byte[16]) };
                });
                yield return Signed();
                break;
            case "progress that was not made":
                yield return session.Sign(new ExchangeFrame { Progress = new ExchangeProgress { Position = 6, HeadPosition = 6 } });
                break;
            case "a receipt for nothing":
                yield return session.Sign(new ExchangeFrame { Receipt = new ExchangeReceipt { ThroughPosition = 1_000_000 } });
                break;
            case "a second hello":
                yield return session.Sign(new ExchangeFrame { Hello = new ExchangeHello() });
                break;
            default:
                yield return session.Sign(new ExchangeFrame
                {
                    Checkpoints = new CheckpointNews { Checkpoints = { partner.Sign(ledger.Checkpoint(3), foreign) } },
                });
                break;
        }

        void Change(Action<Listing> change)
        {
            var content = LedgerEvent.Parser.ParseFrom(batch.Events[0].Content);
            change(content.Listing);
            batch.Events[0].Content = content.ToByteString();
        }
    }

    private static long FaultsOf(HubServer hub, ErrorReason reason) =>
        hub.PartnerOf("440000").Faults.Read().FirstOrDefault(f => f.Reason == reason).Count;

    private static async Task<ErrorReason> RefusedAsync(
        TestPartner partner, HubServer hub, FakeLedger ledger, ECDsa? signBy = null, Action<ExchangeHello>? change = null)
    {
        try
        {
            using var session = await partner.ConnectAsync(hub, ledger, change, signBy);
            return await session.EndAsync();
        }
        catch (RpcException refused)
        {
            return TestSession.ReasonOf(refused);
        }
    }
}
