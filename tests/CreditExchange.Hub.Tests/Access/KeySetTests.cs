using System.Security.Cryptography;
using System.Text.Json.Nodes;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Hub.Tests.Access;

public sealed class KeySetTests : IDisposable
{
    private readonly FakeTime time = FakeTime.OfWallClock(TimeProvider.System.GetUtcNow());
    private readonly ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA rsa = RSA.Create(2048);

    public void Dispose()
    {
        ec.Dispose();
        rsa.Dispose();
    }

    [Fact]
    public async Task Keys_of_a_file_rotate_without_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("jwks-");
        var file = Path.Combine(folder.FullName, "keys.json");
        Write(file, TestTokens.Jwk(ec, "first"));
        await using var hub = await HubServer.StartAsync(time: time, settings: $"Auth:Jwks={file}");
        await PassesAsync(hub, Ec("first"));
        Assert.Equal("TOKEN_INVALID", (await RefusedAsync(hub, Rsa("second"))).Reason);

        Write(file, TestTokens.Jwk(ec, "first"), TestTokens.Jwk(rsa, "second"));
        await PassesAsync(hub, Rsa("second"));
        await PassesAsync(hub, Ec("first"));

        Write(file, TestTokens.Jwk(rsa, "second"));
        Assert.Equal("TOKEN_INVALID", (await RefusedAsync(hub, Ec("first"))).Reason);
        await PassesAsync(hub, Rsa("second"));

        // An unreadable file must not lock everybody out, and a symmetric key in it must not let anybody in.
        File.WriteAllText(file, "no json at all");
        time.Now += TimeSpan.FromSeconds(2);
        await PassesAsync(hub, Rsa("second"));
        var secret = new byte[32];
        Write(file, TestTokens.Jwk(rsa, "second"), """{"kty":"oct","kid":"shared","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""");
        var forged = TestTokens.Assemble("HS256", "shared", Payload(), b => HMACSHA256.HashData(secret, b));
        Assert.Equal("TOKEN_INVALID", (await RefusedAsync(hub, forged)).Reason);
        await PassesAsync(hub, Rsa("second"));
        folder.Delete(recursive: true);

        void Write(string path, params string[] keys)
        {
            File.WriteAllText(path, $$"""{"keys":[{{string.Join(',', keys)}}]}""");
            // A file is looked at once a second, and known by its time.
            time.Now += TimeSpan.FromSeconds(2);
            File.SetLastWriteTimeUtc(path, time.Now.UtcDateTime);
        }
    }

    [Fact]
    public async Task Keys_of_a_url_rotate_and_an_unknown_key_id_fetches_them_at_most_every_ten_seconds()
    {
        var served = 0;
        var keys = TestTokens.Jwk(ec, "first");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var issuer = builder.Build();
        issuer.MapGet("/jwks", () =>
        {
            Interlocked.Increment(ref served);
            return Results.Text($$"""{"keys":[{{Volatile.Read(ref keys)}}]}""", "application/json");
        });
        await issuer.StartAsync();
        await using var hub = await HubServer.StartAsync(time: time, settings: $"Auth:Jwks={issuer.Urls.First()}/jwks");
        await PassesAsync(hub, Ec("first"));
        Assert.Equal(1, served);

        Volatile.Write(ref keys, $"{TestTokens.Jwk(ec, "first")},{TestTokens.Jwk(rsa, "second")}");
        Assert.Equal("TOKEN_INVALID", (await RefusedAsync(hub, Rsa("second"))).Reason);
        Assert.Equal(1, served);
        time.Now += TimeSpan.FromSeconds(11);
        await PassesAsync(hub, Rsa("second"));
        Assert.Equal(2, served);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("TOKEN_INVALID", (await RefusedAsync(hub, Ec($"unknown-{i}"))).Reason);
        }

        Assert.Equal(2, served);
        Volatile.Write(ref keys, TestTokens.Jwk(rsa, "second"));
        time.Now += TimeSpan.FromMinutes(5);
        Assert.Equal("TOKEN_INVALID", (await RefusedAsync(hub, Ec("first"))).Reason);
        await PassesAsync(hub, Rsa("second"));

        // An issuer that is away must not lock everybody out.
        await issuer.StopAsync();
        time.Now += TimeSpan.FromMinutes(6);
        await PassesAsync(hub, Rsa("second"));
    }

    private JsonObject Payload() => new()
    {
        ["iss"] = "creditexchange",
        ["aud"] = "creditexchange-hub",
        ["sub"] = "operator",
        ["nbf"] = time.Now.ToUnixTimeSeconds() - 10,
        ["exp"] = time.Now.ToUnixTimeSeconds() + 3000,
    };

    private string Ec(string kid) => TestTokens.Sign(Payload(), ec, kid);

    private string Rsa(string kid) => TestTokens.Sign(Payload(), rsa, kid);

    private static async Task PassesAsync(HubServer hub, string token) =>
        await new CatalogueService.CatalogueServiceClient(hub.WithToken(token)).ListMeasuresAsync(new ListMeasuresRequest());

    private static async Task<RpcFailure> RefusedAsync(HubServer hub, string token)
    {
        var failure = await RpcFailure.OfAsync(() => PassesAsync(hub, token));
        Assert.Equal(StatusCode.Unauthenticated, failure.Code);
        return failure;
    }
}
