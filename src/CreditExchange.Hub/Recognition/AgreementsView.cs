using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition;

/// <summary>An agreement as the ledger has it.</summary>
/// <param name="Entity">The ledger's number.</param>
/// <param name="Agreement">As it stands, with its position.</param>
/// <param name="Terms">Its terms, read.</param>
public sealed record KnownAgreement(long Entity, Agreement Agreement, AgreementTerms Terms)
{
    // Whatever its state: whether it counts is asked apart from what it says.
    private readonly RecognitionTable rows = RecognitionTable.Of([new Agreement(Agreement) { State = AgreementState.InForce }]);

    /// <summary>The row of a partner's list, on the agreement's first day: its rows don't change. Null: none.</summary>
    public RecognisedRow? RowOf(string party, string originList) =>
        rows.FindOrigin(Agreement.AgreementId, party, originList, LegalDay.Parse(Terms.From, "from"));

    /// <summary>Whether a region is a party.</summary>
    public bool IsOf(string region) => AgreementSignatures.Find(Terms, region) is not null;

    /// <summary>The other party.</summary>
    public AgreementParty PartnerOf(string ownRegion) => Terms.Parties.First(p => p.Region != ownRegion);

    /// <summary>Whether it counts on a day.</summary>
    public bool CountsOn(DateOnly day) =>
        Agreement.State == AgreementState.InForce && LegalDay.Covers(Terms.From, Terms.Until, day);
}

/// <summary>All agreements by id: a view of the ledger.</summary>
public sealed class AgreementsView : ILedgerView
{
    private readonly Lock gate = new();
    private volatile SortedDictionary<string, KnownAgreement> all = new(StringComparer.Ordinal);

    /// <summary>All of them by id; not changed any more.</summary>
    public IReadOnlyCollection<KnownAgreement> All => all.Values;

    /// <inheritdoc/>
    public void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects)
    {
        if (open.BodyCase != LedgerEvent.BodyOneofCase.Agreement)
        {
            return;
        }

        var agreement = open.Agreement.Clone();
        agreement.Position = stored.Position;
        lock (gate)
        {
            all = new SortedDictionary<string, KnownAgreement>(all, StringComparer.Ordinal)
            {
                [agreement.AgreementId] = new KnownAgreement(stored.Entity, agreement, AgreementTerms.Parser.ParseFrom(agreement.Signed.Terms)),
            };
        }
    }

    /// <summary>An agreement; null: none of this id.</summary>
    public KnownAgreement? Find(string agreementId) => all.GetValueOrDefault(agreementId);

    /// <summary>The same.</summary>
    /// <exception cref="RuleViolation">AGREEMENT_NOT_FOUND.</exception>
    public KnownAgreement Get(string agreementId) => Find(agreementId)
        ?? throw new RuleViolation(
            ErrorReason.AgreementNotFound, "agreement_id", ("agreement_id", AgreementRules.IsId(agreementId) ? agreementId : "?"));
}
