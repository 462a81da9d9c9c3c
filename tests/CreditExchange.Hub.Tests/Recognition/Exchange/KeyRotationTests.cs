using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Hub.Recognition.Exchange;
using CreditExchange.Hub.Tests.Edge;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Recognition.Exchange;

/// <summary>Tokens of natural persons: under a key of the receiving hub's own, which it can change without losing sight of anybody.</summary>
public sealed class KeyRotationTests
{
    [Fact]
    public async Task A_person_is_found_before_during_and_after_a_rotation_and_the_old_version_goes()
    {
        await using var hainan = await Neighbours.StartAsync("460000");
        await using var edge = await EdgeNodes.StartAsync(hainan);
        await using var guangdong = await Neighbours.StartAsync("440000", null, ("460000", hainan));
        var court = await guangdong.CourtAsync();
        await Provinces.AgreeAsync(hainan, guangdong);
        var person = TestListings.Person(9_501);
        var company = TestListings.Company(9_502);
        await court.PublishAsync(person);
        await court.PublishAsync(company);
        await hainan.HasAllAsync("440000", guangdong);
        Assert.Equal(Verdict.Restricted, (await hainan.CheckNowAsync(person)).Verdict);
        Assert.Equal(Verdict.Restricted, (await edge.CheckAsync(person, hainan.Ledger().Head)).Verdict);
        Assert.Equal(Verdict.Clear, (await edge.CheckAsync(TestListings.Person(9_504), hainan.Ledger().Head)).Verdict);

        var request = new RotatePartnerKeyRequest { RequestId = "rotate", Region = "440000", Reason = "年度更换" };
        Assert.Equal(2u, (await hainan.Recognition().RotatePartnerKeyAsync(request)).Version);
        Assert.Equal(2u, (await hainan.Recognition().RotatePartnerKeyAsync(request)).Version);
        var later = TestListings.Person(9_503);
        await court.PublishAsync(later);
        var versions = hainan.Services.GetRequiredService<TokenKeys>();
        await Neighbours.UntilAsync(() =>
        {
            // At no moment is a person lost.
            Assert.Equal(Verdict.Restricted, hainan.CheckNowAsync(person).GetAwaiter().GetResult().Verdict);
            return versions.VersionsOf("440000") is [2];
        });
        await hainan.HasAllAsync("440000", guangdong);
        Assert.Equal(Verdict.Restricted, (await hainan.CheckNowAsync(person)).Verdict);
        Assert.Equal(Verdict.Restricted, (await hainan.CheckNowAsync(later)).Verdict);
        Assert.Equal(Verdict.Restricted, (await edge.CheckAsync(person, hainan.Ledger().Head)).Verdict);
        Assert.Equal(Verdict.Restricted, (await edge.CheckAsync(later, hainan.Ledger().Head)).Verdict);
        Assert.Equal(Verdict.Restricted, (await hainan.CheckNowAsync(company)).Verdict);
        // The company came again under the same number: that is no event. The person's token is another one, and so may the later one's be.
        Assert.InRange(hainan.RecognisedEvents(), 4, 5);
        Assert.Empty(hainan.PartnerOf("440000").Faults.Read());
        var unknown = await Assert.ThrowsAsync<RpcException>(async () =>
            await hainan.Recognition().RotatePartnerKeyAsync(new RotatePartnerKeyRequest { RequestId = "x", Region = "450000", Reason = "x" }));
        Assert.Equal(ErrorReason.PartnerNotFound, TestSession.ReasonOf(unknown));
    }

    [Fact]
    public void A_sealed_key_opens_for_its_recipient_alone_and_for_nothing_else()
    {
        using var recipient = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using var other = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var key = TestSession.TokenKey;
        var given = TokenKeySeal.Seal(key, 3, "460000", "440000", AgreementSignatures.PublicKey(recipient));
        Assert.Equal(key, TokenKeySeal.Open(given, "460000", "440000", recipient.ExportParameters(true)));
        AssertRefused(given, "460000", "440000", other.ExportParameters(true));
        AssertRefused(given, "440000", "460000", recipient.ExportParameters(true));
        var later = given.Clone();
        later.Version = 4;
        AssertRefused(later, "460000", "440000", recipient.ExportParameters(true));
        var bent = given.Clone();
        var bytes = bent.Sealed.ToByteArray();
        bytes[5] ^= 1;
        bent.Sealed = ByteString.CopyFrom(bytes);
        AssertRefused(bent, "460000", "440000", recipient.ExportParameters(true));

        static void AssertRefused(SealedTokenKey given, string from, string to, System.Security.Cryptography.ECParameters own) => Assert.Equal(
            ErrorReason.ExchangeTokenKey,
            Assert.Throws<CreditExchange.Domain.Errors.RuleViolation>(() => TokenKeySeal.Open(given, from, to, own)).Reason);
    }

    // docs/exchange.md; made with another library.
    [Fact]
    public void The_vectors_of_the_page_hold()
    {
        var own = new System.Security.Cryptography.ECParameters
        {
            Curve = System.Security.Cryptography.ECCurve.NamedCurves.nistP256,
            D = Convert.FromHexString("665d0698dbc8fb95afc25c3a4d9cf280d87a585b7999243ca6008fd03258975f"),
        };
        var given = new SealedTokenKey
        {
            Version = 3,
            Ephemeral = ByteString.CopyFrom(Convert.FromHexString(
                "3059301306072a8648ce3d020106082a8648ce3d030107034200049a781ca6d055a7f30d0c9ff87936c739f6816ef5f5e72b4b946404b0a1a83b2ac19f842945ea2bf65aa1649b2b02ff79854c8d5ecfcd403862e8a97ea66c71c1")),
            Sealed = ByteString.CopyFrom(Convert.FromHexString(
                "23b5f08b4ae410bbffaad0d63c654fbb208c043ad3ad45d64cc6063b0634b0cb4914351ae9a14ef59c6f4a22dda8554b")),
        };
        Assert.Equal(TestSession.TokenKey, TokenKeySeal.Open(given, "460000", "440000", own));
        var session = FrameSignatures.SessionOf("dialler"u8, "listener"u8);
        Assert.Equal("178ebfe52658c32ffe356a92af8e5f78add13292f967895984c3d1475790a977", Convert.ToHexStringLower(session));
        Assert.Equal([.. "creditexchange.exchange.v1"u8, 0, .. session, .. "frame"u8], FrameSignatures.FrameBytes(session, "frame"u8));
        Assert.Equal([.. "creditexchange.checkpoint.v1"u8, 0, 7], FrameSignatures.CheckpointBytes([7]));
    }
}
