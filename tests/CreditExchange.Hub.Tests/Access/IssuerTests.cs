using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Hub.Tests.Access;

/// <summary>An issuer of tokens beside the hub, which rotates its key, hangs, answers rubbish and goes away, under checks that never pause.</summary>
public sealed class IssuerTests : IAsyncLifetime, IDisposable
{
    private const int Callers = 4;
    private const string Hangs = "hangs";
    private static readonly string[] Rubbish =
    [
        "<html>502</html>", "", "{}", """{"keys":[]}""", """{"keys":[{"kty":"EC"}]}""", """{"keys":""", """{"keys":"none"}""", "[1]", "null",
        """{"keys":[{"kty":"oct","kid":"shared","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}""", new('x', 3 << 20), Hangs,
    ];

    private readonly string data = Directory.CreateTempSubdirectory("hub-issuer-").FullName;
    private readonly Dictionary<string, ECDsa> keys = new[] { "a", "b", "c", "foreign" }
        .ToDictionary(kid => kid, _ => ECDsa.Create(ECCurve.NamedCurves.nistP256));
    private readonly ConcurrentQueue<string> faults = [];
    private readonly CancellationTokenSource stop = new();
    private WebApplication issuer = null!;
    private string answer = "";
    private string token = "";
    private int served;
    private int checks;

    public async Task InitializeAsync()
    {
        Publish("a");
        issuer = await StartIssuerAsync("http://127.0.0.1:0");
    }

    public async Task DisposeAsync()
    {
        await issuer.DisposeAsync();
        foreach (var key in keys.Values)
        {
            key.Dispose();
        }

        Directory.Delete(data, recursive: true);
    }

    public void Dispose() => stop.Dispose();

    [Fact]
    public async Task A_rotation_at_the_issuer_and_an_issuer_in_trouble_fail_no_call_of_a_valid_token_and_let_no_other_in()
    {
        var address = issuer.Urls.First();
        await using var hub = await HubProcess.StartAsync(data, $"--Auth:Jwks={address}/jwks", "--Auth:JwksRefresh=00:00:01");
        using var channel = hub.Connect();
        var lookup = new LookupService.LookupServiceClient(channel);
        Volatile.Write(ref token, TokenOf("a"));
        var load = Enumerable.Range(0, Callers).Select(_ => Task.Run(() => CheckAsync(lookup))).ToArray();
        await MoreChecksAsync(20);
        await RefusedAsync(lookup, "b");

        // The new key beside the old one; signed with it when the hub has read the set.
        Publish("a", "b");
        await ReadTwiceAsync();
        Volatile.Write(ref token, TokenOf("b"));
        await MoreChecksAsync(50);
        await AskAsync(lookup, TokenOf("a"));

        // The old one withdrawn: refused from the reading on.
        Publish("b");
        await ReadTwiceAsync();
        await RefusedAsync(lookup, "a");
        await MoreChecksAsync(50);

        foreach (var rubbish in Rubbish)
        {
            Volatile.Write(ref answer, rubbish);
            await ReadTwiceAsync(rubbish == Hangs ? 1 : 2);
            await RefusedAsync(lookup, "foreign");
            await RefusedAsync(lookup, "a");
            await MoreChecksAsync(20);
        }

        // Away altogether, and back with another key.
        await issuer.DisposeAsync();
        await RefusedAsync(lookup, "c");
        await MoreChecksAsync(50);
        Publish("b", "c");
        issuer = await StartIssuerAsync(address);
        while (!await PassesAsync(lookup, "c"))
        {
            await Task.Yield();
        }

        await RefusedAsync(lookup, "foreign");
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(faults);
        Assert.Contains(hub.Output, line => line.Contains("the keys known so far stay in force", StringComparison.Ordinal));
    }

    // What the hub began before a change may still be under way; what it begins after the next one was begun is not.
    private async Task ReadTwiceAsync(int times = 2)
    {
        for (var wanted = Volatile.Read(ref served) + times; Volatile.Read(ref served) < wanted;)
        {
            await Task.Yield();
        }

        await MoreChecksAsync(Callers * 2);
    }

    private async Task MoreChecksAsync(int count)
    {
        for (var wanted = Volatile.Read(ref checks) + count; Volatile.Read(ref checks) < wanted && faults.IsEmpty;)
        {
            await Task.Yield();
        }

        Assert.True(faults.IsEmpty, string.Join('\n', faults));
    }

    // A till's deadline: an issuer that hangs must not use it up.
    private async Task CheckAsync(LookupService.LookupServiceClient lookup)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await AskAsync(lookup, Volatile.Read(ref token));
                Interlocked.Increment(ref checks);
            }
            catch (RpcException error)
            {
                faults.Enqueue($"{answer[..Math.Min(40, answer.Length)]}: {error}");
            }
        }
    }

    private static async Task AskAsync(LookupService.LookupServiceClient lookup, string token) => await lookup.CheckSubjectAsync(
        Writes.Check(TestListings.Company(1)), new Metadata { { "authorization", "Bearer " + token } },
        TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20));

    private async Task RefusedAsync(LookupService.LookupServiceClient lookup, string kid)
    {
        // Without the till's deadline: the hub may ask the issuer for a key that it doesn't know.
        var refused = await RpcFailure.OfAsync(() => lookup.CheckSubjectAsync(
            Writes.Check(TestListings.Company(1)), new Metadata { { "authorization", "Bearer " + TokenOf(kid) } }).ResponseAsync);
        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_INVALID", "key"), (refused.Code, refused.Reason, refused.Facts["cause"]));
    }

    private async Task<bool> PassesAsync(LookupService.LookupServiceClient lookup, string kid)
    {
        try
        {
            await AskAsync(lookup, TokenOf(kid));
            return true;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unauthenticated)
        {
            return false;
        }
    }

    private void Publish(params string[] kids) =>
        Volatile.Write(ref answer, $$"""{"keys":[{{string.Join(',', kids.Select(kid => TestTokens.Jwk(keys[kid], kid)))}}]}""");

    private string TokenOf(string kid)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var payload = new JsonObject
        {
            ["iss"] = "creditexchange",
            ["aud"] = "creditexchange-hub",
            ["sub"] = "hainan-approval",
            ["nbf"] = now - 10,
            ["exp"] = now + 3_000,
        };
        return TestTokens.Sign(payload, keys[kid], kid);
    }

    private async Task<WebApplication> StartIssuerAsync(string address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        var app = builder.Build();
        app.MapGet("/jwks", async (HttpContext context) =>
        {
            var text = Volatile.Read(ref answer);
            Interlocked.Increment(ref served);
            if (text == Hangs)
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }

            await context.Response.WriteAsync(text, context.RequestAborted);
        });
        await app.StartAsync();
        return app;
    }
}
