using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Masks;
using CreditExchange.Hub.Errors;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Access;

/// <summary>Who calls: what the token proves, and where the rights of the agency are looked up.</summary>
public sealed class Caller(string agencyId, string region, IReadOnlySet<string>? scopes, DateTimeOffset expiresAt, string tokenId, RightsView rights)
{
    /// <summary>The agency.</summary>
    public string AgencyId { get; } = agencyId;

    /// <summary>When the token ends.</summary>
    public DateTimeOffset ExpiresAt { get; } = expiresAt;

    /// <summary>The token's own id (jti); may be empty.</summary>
    public string TokenId { get; } = tokenId;

    /// <summary>The agency as the ledger knows it now.</summary>
    /// <exception cref="RuleViolation">TOKEN_REVOKED, AGENCY_UNKNOWN, AGENCY_REVOKED or REGION_MISMATCH.</exception>
    public Agency Agency
    {
        get
        {
            if (rights.IsTokenRevoked(TokenId, AgencyId))
            {
                throw new RuleViolation(ErrorReason.TokenRevoked);
            }

            var agency = rights.Find(AgencyId) ?? throw new RuleViolation(ErrorReason.AgencyUnknown);
            if (agency.Revoked)
            {
                throw new RuleViolation(ErrorReason.AgencyRevoked);
            }

            return region.Length == 0 || region == agency.Region ? agency : throw new RuleViolation(ErrorReason.RegionMismatch);
        }
    }

    /// <summary>As whom it sees content.</summary>
    public Viewer Viewer => new(
        AgencyId, Agency.Rights?.Recipient ?? RecipientKind.Unspecified, Has(Scopes.System), Has(Scopes.Security));

    /// <summary>Whether agency and token both hold a scope.</summary>
    public bool Has(string scope) => (scopes is null || scopes.Contains(scope)) && rights.HasScope(AgencyId, scope);

    /// <summary>Refuses a caller without a scope.</summary>
    /// <exception cref="RuleViolation">SCOPE_MISSING, or the agency's own fault.</exception>
    public Agency Require(string scope)
    {
        var agency = Agency;
        return scope.Length == 0 || Has(scope) ? agency : throw new RuleViolation(ErrorReason.ScopeMissing, "", ("scope", scope));
    }
}

/// <summary>What a call knows of its caller.</summary>
public static class CallerContext
{
    private static readonly object LanguageKey = new();

    /// <summary>The caller that the access middleware found.</summary>
    public static Caller Caller(this ServerCallContext context) =>
        context.TryGetCaller() ?? throw new RuleViolation(ErrorReason.TokenMissing);

    /// <summary>The caller, or null on an open method.</summary>
    public static Caller? TryGetCaller(this ServerCallContext context) =>
        context.GetHttpContext().Items.TryGetValue(typeof(Caller), out var value) ? (Caller?)value : null;

    /// <summary>The language of texts for people.</summary>
    public static Language Language(this ServerCallContext context)
    {
        var http = context.GetHttpContext();
        if (http.Items.TryGetValue(LanguageKey, out var value))
        {
            return (Language)value!;
        }

        var language = LanguageHeader.Parse(http.Request.Headers.AcceptLanguage);
        http.Items[LanguageKey] = language;
        return language;
    }
}
