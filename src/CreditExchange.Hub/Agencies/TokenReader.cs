using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CreditExchange.Hub.Agencies;

/// <summary>Reads from a token what its revocation needs. Its signature isn't asked for: a forged token opens nothing anyway.</summary>
internal static class TokenReader
{
    private const int LongestToken = 8_192;
    private static readonly JsonWebTokenHandler Handler = new();

    /// <summary>Id, agency and end of a token.</summary>
    /// <exception cref="RuleViolation">MESSAGE_MALFORMED for what is no token; REQUIRED where it has no jti.</exception>
    public static TokenRevocation Read(string token)
    {
        var jwt = token.Length <= LongestToken && Handler.CanReadToken(token) ? TryRead(token) : null;
        if (jwt is null)
        {
            throw new RuleViolation(ErrorReason.MessageMalformed, "token");
        }

        return new TokenRevocation
        {
            Jti = string.IsNullOrEmpty(jwt.Id) ? throw new RuleViolation(ErrorReason.Required, "token.jti") : jwt.Id,
            Agency = jwt.Subject ?? "",
            Until = jwt.ValidTo > DateTime.UnixEpoch ? Timestamp.FromDateTime(DateTime.SpecifyKind(jwt.ValidTo, DateTimeKind.Utc)) : null,
        };
    }

    private static JsonWebToken? TryRead(string token)
    {
        try
        {
            return Handler.ReadJsonWebToken(token);
        }
        catch (Exception error) when (error is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }
}
