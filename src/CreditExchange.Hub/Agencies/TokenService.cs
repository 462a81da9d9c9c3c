using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Service = CreditExchange.V1.TokenService;

namespace CreditExchange.Hub.Agencies;

/// <summary>Issues tokens where the hub holds a signing key, and revokes any: see agency_service.proto.</summary>
public sealed class TokenService(
    RightsView rights,
    SigningKey signing,
    AccessOptions options,
    ILedger ledger,
    HubWriter writer,
    RequestKeys keys,
    TimeProvider time,
    IHostEnvironment environment)
    : Service.TokenServiceBase
{
    private const int LongestId = 128;

    /// <inheritdoc/>
    public override Task<IssueTokenResponse> IssueToken(IssueTokenRequest request, ServerCallContext context)
    {
        var issuer = signing.Issuer ?? throw new RuleViolation(ErrorReason.NoSigningKey);
        var agency = rights.Find(request.AgencyId)
            ?? throw new RuleViolation(ErrorReason.AgencyNotFound, "agency_id", ("agency_id", RequestFields.Quote(request.AgencyId)));
        if (agency.Revoked)
        {
            throw new RuleViolation(ErrorReason.AgencyInvalid, "agency_id", ("cause", "revoked"));
        }

        var hour = (long)options.MaxLifetime.TotalSeconds;
        var limit = (long)Longest.TotalSeconds;
        var lifetime = request.LifetimeSeconds == 0 ? hour : request.LifetimeSeconds;
        if (lifetime < 0 || lifetime > limit)
        {
            throw new RuleViolation(ErrorReason.DurationInvalid, "lifetime_seconds", ("limit", $"{limit}"));
        }

        foreach (var scope in request.Scopes)
        {
            if (agency.Rights?.Scopes.Contains(scope) != true)
            {
                throw new RuleViolation(ErrorReason.AgencyInvalid, "scopes", ("cause", "not among the agency's rights"));
            }
        }

        var (token, expires) = issuer.Issue(agency.AgencyId, agency.Region, request.Scopes, TimeSpan.FromSeconds(lifetime));
        return Task.FromResult(new IssueTokenResponse { Token = token, ExpiresAt = Timestamp.FromDateTimeOffset(expires) });
    }

    /// <inheritdoc/>
    public override async Task<RevokeTokenResponse> RevokeToken(RevokeTokenRequest request, ServerCallContext context)
    {
        RequestFields.CheckRequestId(request.RequestId);
        RequestFields.CheckReason(request.Reason);
        var revocation = request.TokenNameCase == RevokeTokenRequest.TokenNameOneofCase.Token
            ? TokenReader.Read(request.Token)
            : new TokenRevocation { Jti = request.Jti };
        TextRules.Check(revocation.Jti, "jti", LongestId, required: true);
        // The ledger keeps both for ever.
        RequestFields.RefuseNumber(revocation.Jti, "jti");
        RequestFields.RefuseNumber(request.Reason, "reason");
        revocation.Until ??= Timestamp.FromDateTimeOffset(time.GetUtcNow() + Longest);
        var actor = context.Caller().AgencyId;
        var written = await writer.AppendAsync(
            new EventDraft
            {
                Entity = ledger.ReserveEntity(),
                Revision = 1,
                Kind = EventKind.TokenRevoked,
                Open = new LedgerEvent { Kind = EventKind.TokenRevoked, TokenRevocation = revocation, Reason = request.Reason, Actor = actor },
                RequestKey = keys.Request(actor, "RevokeToken", request.RequestId),
                ContentMac = keys.Content(new RevokeTokenRequest { Jti = revocation.Jti, Reason = request.Reason }),
            },
            context.CancellationToken);
        return new RevokeTokenResponse
        {
            TokenRevocation = ledger.OpenPart(written.Event).TokenRevocation,
            Position = written.Event.Position,
            LedgerId = ledger.LedgerId,
        };
    }

    private TimeSpan Longest => environment.IsDevelopment() ? SigningKeys.LongestInDevelopment : options.MaxLifetime;
}
