using System.Collections.Concurrent;
using System.Collections.Frozen;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CreditExchange.Hub.Access;

/// <summary>
/// Checks a bearer token: ES256 or RS256 by a key of the issuer's key set, issuer, audience, times. A token that passed is
/// remembered until it ends or the keys change.
/// </summary>
public sealed class TokenValidator(
    AccessOptions options, KeySource keys, RightsView rights, TimeProvider time, IHostEnvironment environment)
{
    // Tokens live an hour at most; beyond this many the memory is emptied rather than kept sorted.
    private const int Remembered = 20_000;

    // A compact JWT of ours has about 500 characters; nothing longer is looked at.
    private const int LongestToken = 8_192;

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };
    private readonly ConcurrentDictionary<string, Proved> remembered = new(StringComparer.Ordinal);

    /// <summary>The caller that an authorization header proves.</summary>
    /// <exception cref="RuleViolation">TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED.</exception>
    public async ValueTask<Caller> ValidateAsync(string? authorization, CancellationToken cancellation)
    {
        const string Bearer = "Bearer ";
        if (authorization is null || !authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            throw new RuleViolation(ErrorReason.TokenMissing);
        }

        var set = await keys.GetAsync(unknownKey: false, cancellation);
        if (remembered.TryGetValue(authorization, out var known) && known.KeysVersion == set.Version)
        {
            return known.Caller.ExpiresAt + options.ClockSkew > time.GetUtcNow() ? known.Caller : throw new RuleViolation(ErrorReason.TokenExpired);
        }

        var proved = await ValidateTokenAsync(authorization[Bearer.Length..].Trim(), set, cancellation);
        if (remembered.Count >= Remembered)
        {
            remembered.Clear();
        }

        remembered[authorization] = proved;
        return proved.Caller;
    }

    private async Task<Proved> ValidateTokenAsync(string token, KeySet set, CancellationToken cancellation)
    {
        if (token.Length > LongestToken || !Handler.CanReadToken(token))
        {
            throw Invalid("malformed");
        }

        JsonWebToken jwt;
        try
        {
            jwt = Handler.ReadJsonWebToken(token);
        }
        catch (Exception error) when (error is ArgumentException or SecurityTokenException)
        {
            throw Invalid("malformed");
        }

        if (jwt.Alg is not (SecurityAlgorithms.EcdsaSha256 or SecurityAlgorithms.RsaSha256))
        {
            throw Invalid("algorithm");
        }

        if (!set.Keys.TryGetValue(jwt.Kid ?? "", out var key))
        {
            set = await keys.GetAsync(unknownKey: true, cancellation);
            key = set.Keys.GetValueOrDefault(jwt.Kid ?? "") ?? throw Invalid("key");
        }

        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = options.Issuer,
            ValidAudience = options.Audience,
            IssuerSigningKey = key,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256],
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            TryAllIssuerSigningKeys = false,
            LifetimeValidator = (notBefore, expires, _, _) => CheckLifetime(notBefore, expires),
        });
        return result.IsValid ? new Proved(ToCaller(jwt), set.Version) : throw ToViolation(result.Exception);
    }

    private bool CheckLifetime(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (expires is null || expires + options.ClockSkew <= now || notBefore - options.ClockSkew > now)
        {
            throw new SecurityTokenExpiredException();
        }

        // Only in Development may a token outlive the contract's hour.
        return environment.IsDevelopment() || (notBefore is not null && expires - notBefore <= options.MaxLifetime);
    }

    private Caller ToCaller(JsonWebToken jwt)
    {
        if (string.IsNullOrEmpty(jwt.Subject))
        {
            throw Invalid("subject");
        }

        FrozenSet<string>? scopes = jwt.TryGetPayloadValue<string>("scope", out var text)
            ? text.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal)
            : null;
        var region = jwt.TryGetPayloadValue<string>("region", out var value) ? value : "";
        return new Caller(jwt.Subject, region, scopes, new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero), jwt.Id ?? "", rights);
    }

    private static RuleViolation ToViolation(Exception error) => error switch
    {
        SecurityTokenExpiredException or SecurityTokenNotYetValidException => new RuleViolation(ErrorReason.TokenExpired),
        SecurityTokenInvalidLifetimeException => Invalid("lifetime"),
        SecurityTokenInvalidIssuerException => Invalid("issuer"),
        SecurityTokenInvalidAudienceException => Invalid("audience"),
        SecurityTokenNoExpirationException => Invalid("expiry"),
        SecurityTokenSignatureKeyNotFoundException => Invalid("key"),
        _ => error.InnerException is SecurityTokenExpiredException ? new RuleViolation(ErrorReason.TokenExpired) : Invalid("signature"),
    };

    private static RuleViolation Invalid(string cause) => new(ErrorReason.TokenInvalid, "", ("cause", cause));

    // With the version of the keys that proved it: a token of a key that was withdrawn meanwhile is not remembered on.
    private sealed record Proved(Caller Caller, int KeysVersion);
}
