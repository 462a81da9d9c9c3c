using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CreditExchange.Hub.Access;

/// <summary>Issues tokens with the hub's own key: always in Development, elsewhere only where a key is configured.</summary>
public sealed class TokenIssuer : IDisposable
{
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly AccessOptions options;
    private readonly TimeProvider time;
    private readonly ECDsa key;
    private readonly SigningCredentials credentials;

    /// <summary>An issuer with a private key of curve P-256.</summary>
    /// <param name="pem">The key in PEM.</param>
    /// <param name="options">Issuer and audience.</param>
    /// <param name="time">The clock.</param>
    public TokenIssuer(string pem, AccessOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        key = ECDsa.Create();
        key.ImportFromPem(pem);
        credentials = new SigningCredentials(
            new ECDsaSecurityKey(key) { KeyId = KeyId(key) }, SecurityAlgorithms.EcdsaSha256);
    }

    /// <summary>Names the key in tokens and key sets.</summary>
    public string Id => KeyId(key);

    /// <summary>The public half, as a member of a key set.</summary>
    public JsonObject PublicKey()
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "EC",
            ["use"] = "sig",
            ["alg"] = "ES256",
            ["crv"] = "P-256",
            ["kid"] = Id,
            ["x"] = Base64UrlEncoder.Encode(parameters.Q.X),
            ["y"] = Base64UrlEncoder.Encode(parameters.Q.Y),
        };
    }

    /// <summary>A token for an agency.</summary>
    /// <param name="agency">The agency's id.</param>
    /// <param name="region">Its region, GB/T 2260.</param>
    /// <param name="scopes">Scopes; empty: all that the agency's rights hold.</param>
    /// <param name="lifetime">From now.</param>
    public (string Token, DateTimeOffset ExpiresAt) Issue(string agency, string region, IEnumerable<string> scopes, TimeSpan lifetime)
    {
        var now = time.GetUtcNow();
        var claims = new Dictionary<string, object>
        {
            [JwtRegisteredClaimNames.Sub] = agency,
            [JwtRegisteredClaimNames.Jti] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)),
            ["region"] = region,
        };
        var scope = string.Join(' ', scopes);
        if (scope.Length > 0)
        {
            claims["scope"] = scope;
        }

        var expires = now + lifetime;
        var token = Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = options.Issuer,
            Audience = options.Audience,
            NotBefore = now.UtcDateTime,
            IssuedAt = now.UtcDateTime,
            Expires = expires.UtcDateTime,
            Claims = claims,
            SigningCredentials = credentials,
        });
        return (token, DateTimeOffset.FromUnixTimeSeconds(expires.ToUnixTimeSeconds()));
    }

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();

    // RFC 7638 would do as well; the first bytes of the public key's hash are enough to tell keys apart.
    private static string KeyId(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16];
}
