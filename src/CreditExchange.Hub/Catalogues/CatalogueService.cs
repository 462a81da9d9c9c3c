using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Grpc.Core;
using Service = CreditExchange.V1.CatalogueService;

namespace CreditExchange.Hub.Catalogues;

/// <summary>The law that the hub applies, as data: see catalogue_service.proto.</summary>
public sealed class CatalogueService(ILedger ledger, LookupView view, HubWriter writer, TimeProvider time)
    : Service.CatalogueServiceBase
{
    /// <inheritdoc/>
    public override Task<ListListKindsResponse> ListListKinds(ListListKindsRequest request, ServerCallContext context)
    {
        var day = Day(request.AsOf);
        var index = view.Catalogue;
        return Task.FromResult(new ListListKindsResponse
        {
            ListKinds = { index.Catalogue.ListKinds.Where(r => LegalDay.Covers(r.ValidFrom, r.ValidUntil, day)) },
            Digest = index.Digest,
        });
    }

    /// <inheritdoc/>
    public override Task<ListMeasuresResponse> ListMeasures(ListMeasuresRequest request, ServerCallContext context)
    {
        var day = Day(request.AsOf);
        var index = view.Catalogue;
        return Task.FromResult(new ListMeasuresResponse
        {
            Measures = { index.Catalogue.Measures.Where(r => LegalDay.Covers(r.ValidFrom, r.ValidUntil, day)) },
            Digest = index.Digest,
        });
    }

    /// <inheritdoc/>
    public override Task<ListMattersResponse> ListMatters(ListMattersRequest request, ServerCallContext context)
    {
        var day = Day(request.AsOf);
        var index = view.Catalogue;
        return Task.FromResult(new ListMattersResponse
        {
            Matters = { index.Catalogue.Matters.Where(r => LegalDay.Covers(r.ValidFrom, r.ValidUntil, day)) },
            Digest = index.Digest,
        });
    }

    /// <inheritdoc/>
    public override Task<GetCatalogueResponse> GetCatalogue(GetCatalogueRequest request, ServerCallContext context)
    {
        var index = view.Catalogue;
        return Task.FromResult(new GetCatalogueResponse
        {
            Catalogue = index.Catalogue,
            Digest = index.Digest,
            Position = view.CataloguePosition,
        });
    }

    /// <inheritdoc/>
    public override Task<GetFieldMaskResponse> GetFieldMask(GetFieldMaskRequest request, ServerCallContext context)
    {
        var (index, masks) = view.CatalogueAndMasks;
        if (!index.KnowsList(request.ListCode))
        {
            throw new RuleViolation(ErrorReason.ListUnknown, "list_code", ("list_code", RequestFields.Quote(request.ListCode)));
        }

        var response = new GetFieldMaskResponse { Digest = index.Digest };
        foreach (var recipient in Enum.GetValues<RecipientKind>().Where(r => r != RecipientKind.Unspecified))
        {
            foreach (var state in Enum.GetValues<ListingState>().Where(s => s != ListingState.Unspecified))
            {
                foreach (var organisation in new[] { false, true })
                {
                    var fields = masks.FieldsSeen(recipient, request.ListCode, state, organisation, published: false);
                    var published = masks.FieldsSeen(recipient, request.ListCode, state, organisation, published: true);
                    response.Rows.Add(new FieldMaskRow
                    {
                        Recipient = recipient,
                        State = state,
                        Organisation = organisation,
                        Fields = { fields },
                        FieldsWhilePublished = { published.Except(fields) },
                    });
                }
            }
        }

        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override async Task<ActivateCatalogueResponse> ActivateCatalogue(ActivateCatalogueRequest request, ServerCallContext context)
    {
        RequestFields.CheckRequestId(request.RequestId);
        var catalogue = request.Catalogue ?? throw new RuleViolation(ErrorReason.Required, "catalogue");
        if (CatalogueLint.Check(catalogue) is [var fault, ..])
        {
            throw Invalid(fault);
        }

        var index = new CatalogueIndex(catalogue);
        var actor = context.Caller().AgencyId;
        // A retry gets its first answer, even when another catalogue has followed that this one could not succeed.
        if (CatalogueLint.CheckSuccession(view.Catalogue.Catalogue, catalogue) is [var broken, ..]
            && (request.ValidateOnly || writer.FindActivation(index, actor, request.RequestId) is null))
        {
            throw Invalid(broken);
        }

        if (request.ValidateOnly)
        {
            return new ActivateCatalogueResponse { Digest = index.Digest, LedgerId = ledger.LedgerId };
        }

        var stored = await writer.ActivateCatalogueAsync(index, actor, request.RequestId, context.CancellationToken);
        return new ActivateCatalogueResponse
        {
            Digest = ledger.OpenPart(stored).Catalogue.Digest,
            Position = stored.Position,
            LedgerId = ledger.LedgerId,
        };
    }

    private static RuleViolation Invalid(CatalogueFault fault) =>
        new(ErrorReason.CatalogueInvalid, "catalogue", ("fault", $"{fault.Row} {fault.Field}: {fault.En}"));

    private DateOnly Day(string asOf) => asOf.Length == 0 ? LegalDay.Of(time.GetUtcNow()) : LegalDay.Parse(asOf, "as_of");
}
