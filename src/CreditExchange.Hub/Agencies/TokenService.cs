using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Registry;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Service = CreditExchange.V1.TokenService;

namespace CreditExchange.Hub.Agencies;

/// <summary>Issues tokens where the hub holds a signing key: see agency_service.proto.</summary>
public sealed class TokenService(RightsView rights, SigningKey signing, AccessOptions options, IHostEnvironment environment)
    : Service.TokenServiceBase
{
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
        var limit = environment.IsDevelopment() ? (long)SigningKeys.LongestInDevelopment.TotalSeconds : hour;
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
}
