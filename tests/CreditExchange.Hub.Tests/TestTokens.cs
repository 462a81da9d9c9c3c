using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CreditExchange.Hub.Tests;

/// <summary>Makes tokens by hand, right and wrong ones: base64url(header).base64url(payload).base64url(signature).</summary>
public sealed class TestTokens
{
    private readonly ECDsa key = ECDsa.Create();
    private readonly DateTimeOffset now;

    public TestTokens(string dataFolder, DateTimeOffset? now = null)
    {
        this.now = now ?? TimeProvider.System.GetUtcNow();
        key.ImportFromPem(File.ReadAllText(Path.Combine(dataFolder, "auth", "signing-key.pem")));
        Jwks = File.ReadAllText(Path.Combine(dataFolder, "auth", "jwks.json"));
        Kid = JsonNode.Parse(Jwks)!["keys"]![0]!["kid"]!.GetValue<string>();
    }

    public string Kid { get; }

    public string Jwks { get; }

    public byte[] PublicKey => key.ExportSubjectPublicKeyInfo();

    public JsonObject Payload(string agency) => new()
    {
        ["iss"] = "creditexchange",
        ["aud"] = "creditexchange-hub",
        ["sub"] = agency,
        ["nbf"] = now.ToUnixTimeSeconds() - 10,
        ["exp"] = now.ToUnixTimeSeconds() + 600,
    };

    public string Create(string agency, Action<JsonObject>? change = null)
    {
        var payload = Payload(agency);
        change?.Invoke(payload);
        return Sign(payload, key, Kid);
    }

    public static string Sign(JsonObject payload, ECDsa key, string kid) =>
        Assemble("ES256", kid, payload, bytes => key.SignData(bytes, HashAlgorithmName.SHA256));

    public static string Sign(JsonObject payload, RSA key, string kid) => Assemble(
        "RS256", kid, payload, bytes => key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public static string Assemble(string algorithm, string kid, JsonObject payload, Func<byte[], byte[]> sign)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = kid };
        var text = $"{Encode(header)}.{Encode(payload)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    /// <summary>A public key as a member of a key set.</summary>
    public static string Jwk(ECDsa key, string kid)
    {
        var q = key.ExportParameters(false).Q;
        return $$"""{"kty":"EC","use":"sig","alg":"ES256","crv":"P-256","kid":"{{kid}}","x":"{{Base64Url.EncodeToString(q.X)}}","y":"{{Base64Url.EncodeToString(q.Y)}}"}""";
    }

    /// <summary>A public key as a member of a key set.</summary>
    public static string Jwk(RSA key, string kid)
    {
        var p = key.ExportParameters(false);
        return $$"""{"kty":"RSA","use":"sig","alg":"RS256","kid":"{{kid}}","n":"{{Base64Url.EncodeToString(p.Modulus)}}","e":"{{Base64Url.EncodeToString(p.Exponent)}}"}""";
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));
}
