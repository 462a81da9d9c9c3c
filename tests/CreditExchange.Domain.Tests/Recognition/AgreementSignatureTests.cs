using System.Security.Cryptography;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Tests.Recognition;

public sealed class AgreementSignatureTests
{
    [Fact]
    public void Both_signatures_over_the_carried_bytes_are_verified()
    {
        var signed = SampleAgreements.Signed();
        Assert.Equal(["440000", "460000"], AgreementSignatures.Verify(signed, AgreementSignatures.Read(signed)));
        // What is signed is told by the page: another program makes the same bytes.
        Assert.Equal("creditexchange.agreement.v1\0"u8.ToArray(), AgreementSignatures.SignedBytes([]));
    }

    [Fact]
    public void Any_changed_bit_is_refused()
    {
        var random = new Random(20261);
        for (var round = 0; round < 500; round++)
        {
            var signed = SampleAgreements.Signed();
            var which = round % 3;
            if (which == 0)
            {
                signed.Terms = Flip(signed.Terms, random);
            }
            else
            {
                signed.Signatures[which - 1].Signature = Flip(signed.Signatures[which - 1].Signature, random);
            }

            var violation = Assert.Throws<RuleViolation>(() => AgreementSignatures.Verify(signed, AgreementSignatures.Read(signed)));
            Assert.True(violation.Reason is ErrorReason.AgreementSignature or ErrorReason.AgreementInvalid);
        }
    }

    public static TheoryData<string, Action<SignedAgreement>> Forgeries() => new()
    {
        { "not a party", s => s.Signatures[0].Region = "450000" },
        { "signed twice", s => s.Signatures[1] = s.Signatures[0].Clone() },
        { "unknown suite", s => s.Signatures[0].Suite = (SignatureSuite)2 },
        { "a key that the terms don't name", s => s.Signatures[0].KeyId = s.Signatures[1].KeyId },
        { "it does not fit the bytes", s => s.Signatures[0].Signature = s.Signatures[1].Signature },
        { "it does not fit the bytes", s => s.Signatures[0].Signature = ByteString.Empty },
        { "it does not fit the bytes", s => s.Signatures[0].Signature = Der(s) },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void A_forgery_is_refused_with_its_cause(string cause, Action<SignedAgreement> forge)
    {
        var signed = SampleAgreements.Signed();
        forge(signed);
        var violation = Assert.Throws<RuleViolation>(() => AgreementSignatures.Verify(signed, AgreementSignatures.Read(signed)));
        Assert.Equal((ErrorReason.AgreementSignature, cause), (violation.Reason, violation.Facts["cause"]));
    }

    [Fact]
    public void Terms_with_something_this_version_does_not_know_are_refused_though_the_signature_fits()
    {
        // Field 99, a varint: "only on Sundays", perhaps.
        byte[] unknown = [0x98, 0x06, 0x01];
        var signed = new SignedAgreement { Terms = ByteString.CopyFrom([.. SampleAgreements.Terms().ToByteArray(), .. unknown]) };
        signed.Signatures.Add(AgreementSignatures.Sign(signed.Terms, "440000", SampleAgreements.GuangdongKey));
        Assert.Equal(ErrorReason.AgreementInvalid, Assert.Throws<RuleViolation>(() => AgreementSignatures.Read(signed)).Reason);
    }

    [Fact]
    public void Keys_of_another_curve_are_none()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var key = AgreementSignatures.PublicKey(other);
        Assert.False(AgreementSignatures.Verify(key, "x"u8, new byte[64]));
    }

    private static ByteString Der(SignedAgreement signed) => ByteString.CopyFrom(SampleAgreements.GuangdongKey.SignData(
        AgreementSignatures.SignedBytes(signed.Terms.Span), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    private static ByteString Flip(ByteString bytes, Random random)
    {
        var copy = bytes.ToByteArray();
        copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
        return ByteString.CopyFrom(copy);
    }
}
