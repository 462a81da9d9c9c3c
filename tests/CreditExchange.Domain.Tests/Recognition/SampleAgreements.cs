using System.Security.Cryptography;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Recognition;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Tests.Recognition;

/// <summary>Two provinces with keys of their own, and the demonstration agreement between them.</summary>
internal static class SampleAgreements
{
    public const string Id = "GD-HI-2026-01";
    public static readonly CatalogueIndex Catalogue = new(CatalogueFiles.Shipped());
    public static readonly DateOnly Today = new(2026, 6, 15);
    public static readonly ECDsa GuangdongKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    public static readonly ECDsa HainanKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static AgreementTerms Terms(Action<AgreementTerms>? change = null)
    {
        var terms = DemonstrationAgreements.Terms(Id);
        (terms.Parties[0].LedgerId, terms.Parties[1].LedgerId) = ("44aaaa", "46aaaa");
        terms.Parties[0].Keys.Add(AgreementSignatures.PublicKey(GuangdongKey));
        terms.Parties[1].Keys.Add(AgreementSignatures.PublicKey(HainanKey));
        change?.Invoke(terms);
        return terms;
    }

    public static SignedAgreement Signed(AgreementTerms? terms = null)
    {
        var signed = new SignedAgreement { Terms = (terms ?? Terms()).ToByteString() };
        signed.Signatures.Add(AgreementSignatures.Sign(signed.Terms, "440000", GuangdongKey));
        signed.Signatures.Add(AgreementSignatures.Sign(signed.Terms, "460000", HainanKey));
        return signed;
    }

    public static Agreement Agreement(AgreementState state = AgreementState.InForce, Action<AgreementTerms>? change = null)
    {
        var terms = Terms(change);
        return new Agreement { AgreementId = terms.AgreementId, Signed = Signed(terms), State = state, Revision = 1 };
    }
}
