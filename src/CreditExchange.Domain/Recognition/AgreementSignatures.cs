using System.Security.Cryptography;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Recognition;

/// <summary>Signatures over the carried bytes of an agreement's terms: nobody makes the bytes again before they are verified.</summary>
public static class AgreementSignatures
{
    /// <summary>The largest terms, in bytes.</summary>
    public const int LargestTerms = 262_144;

    private static readonly byte[] Domain = [.. "creditexchange.agreement.v1"u8, 0];

    /// <summary>What is signed: the domain in ASCII, a zero byte, the terms.</summary>
    public static byte[] SignedBytes(ReadOnlySpan<byte> terms)
    {
        var bytes = new byte[Domain.Length + terms.Length];
        Domain.CopyTo(bytes, 0);
        terms.CopyTo(bytes.AsSpan(Domain.Length));
        return bytes;
    }

    /// <summary>Names a public key: the first 16 hex digits of SHA-256 over its SubjectPublicKeyInfo.</summary>
    public static string KeyIdOf(ReadOnlySpan<byte> spki) => Convert.ToHexStringLower(SHA256.HashData(spki).AsSpan(0, 8));

    /// <summary>The public half of a key of curve P-256 as a party shows it.</summary>
    public static PartyKey PublicKey(ECDsa key)
    {
        var spki = key.ExportSubjectPublicKeyInfo();
        return new PartyKey { KeyId = KeyIdOf(spki), Suite = SignatureSuite.Es256, Spki = ByteString.CopyFrom(spki) };
    }

    /// <summary>A party's signature over terms.</summary>
    public static AgreementSignature Sign(ByteString terms, string region, ECDsa key) => new()
    {
        Region = region,
        KeyId = KeyIdOf(key.ExportSubjectPublicKeyInfo()),
        Suite = SignatureSuite.Es256,
        Signature = ByteString.CopyFrom(
            key.SignData(SignedBytes(terms.Span), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)),
    };

    /// <summary>The terms of a signed agreement: parsed, and nothing in them that this program doesn't know.</summary>
    /// <exception cref="RuleViolation">AGREEMENT_INVALID.</exception>
    public static AgreementTerms Read(SignedAgreement signed)
    {
        if (signed.Terms.Length is 0 or > LargestTerms)
        {
            throw Invalid("no terms, or too many");
        }

        try
        {
            // What a later version means by a field is unknown here, and a signature under it would promise it.
            var known = AgreementTerms.Parser.WithDiscardUnknownFields(true).ParseFrom(signed.Terms);
            return known.CalculateSize() == signed.Terms.Length
                ? known
                : throw Invalid("the terms hold what this version does not know");
        }
        catch (InvalidProtocolBufferException)
        {
            throw Invalid("the terms can't be parsed");
        }
    }

    /// <summary>Verifies every signature that is there: one per party at most, each by a key that the terms name for it.</summary>
    /// <param name="signed">The agreement.</param>
    /// <param name="terms">Its terms as <see cref="Read"/> gave them.</param>
    /// <returns>The regions that have signed.</returns>
    /// <exception cref="RuleViolation">AGREEMENT_SIGNATURE.</exception>
    public static IReadOnlyList<string> Verify(SignedAgreement signed, AgreementTerms terms)
    {
        var signers = new List<string>(2);
        foreach (var signature in signed.Signatures)
        {
            var party = Find(terms, signature.Region) ?? throw Wrong(signature.Region, "not a party");
            if (signers.Contains(party.Region))
            {
                throw Wrong(party.Region, "signed twice");
            }

            if (signature.Suite != SignatureSuite.Es256)
            {
                throw Wrong(party.Region, "unknown suite");
            }

            var key = party.Keys.FirstOrDefault(k => k.KeyId == signature.KeyId && k.Suite == signature.Suite)
                ?? throw Wrong(party.Region, "a key that the terms don't name");
            if (!Verify(key, SignedBytes(signed.Terms.Span), signature.Signature.Span))
            {
                throw Wrong(party.Region, "it does not fit the bytes");
            }

            signers.Add(party.Region);
        }

        return signers;
    }

    /// <summary>Whether a signature by a key fits bytes. False also for a key that is none.</summary>
    public static bool Verify(PartyKey key, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        using var open = TryOpen(key);
        return open is not null && signature.Length == 64
            && open.VerifyData(bytes, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>The public key; null where the bytes are none of curve P-256.</summary>
    internal static ECDsa? TryOpen(PartyKey key)
    {
        var open = ECDsa.Create();
        try
        {
            open.ImportSubjectPublicKeyInfo(key.Spki.Span, out var read);
            if (read == key.Spki.Length && open.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                return open;
            }
        }
        catch (Exception error) when (error is CryptographicException or PlatformNotSupportedException or ArgumentException)
        {
            // No key, or one of a curve that the platform doesn't know.
        }

        open.Dispose();
        return null;
    }

    /// <summary>The party of a region; null: none.</summary>
    public static AgreementParty? Find(AgreementTerms terms, string region) => terms.Parties.FirstOrDefault(p => p.Region == region);

    private static RuleViolation Wrong(string region, string cause) =>
        new(ErrorReason.AgreementSignature, "signed.signatures", ("region", Short(region)), ("cause", cause));

    private static RuleViolation Invalid(string cause) => new(ErrorReason.AgreementInvalid, "signed.terms", ("cause", cause));

    private static string Short(string region) => region.Length == 6 && int.TryParse(region, out _) ? region : "?";
}
