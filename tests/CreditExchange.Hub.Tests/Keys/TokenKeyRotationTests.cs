using System.Text.Json.Nodes;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.Keys;

public sealed class TokenKeyRotationTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("hub-keys-").FullName;

    public void Dispose()
    {
        // A hub in this process removes its folder itself.
        if (Directory.Exists(data))
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task The_signing_key_rotates_under_load_and_old_and_new_tokens_pass()
    {
        await using var hub = await HubProcess.StartAsync(data);
        var restricted = await RotationLoad.PublishAsync(hub, "listed", 50);
        var old = hub.As("security");
        // The load's callers read their token's file with each call, so both kinds of token are on their way.
        using var load = new RotationLoad(hub, "load", restricted, [TestListings.Company(777_000_001)]);
        load.Start();
        for (var i = 0; i < 5; i++)
        {
            var rotation = await hub.RotateAsync(KeyPurpose.TokenSigning, $"rotation-{i}");
            Assert.Equal(rotation, await hub.RotateAsync(KeyPurpose.TokenSigning, $"rotation-{i}"));
            Assert.Equal(rotation.KeyId, KidOf(File.ReadAllText(Path.Combine(data, "tokens", "security.jwt"))));
            // At once, without waiting for the key set's file to be looked at again.
            var issued = await new TokenService.TokenServiceClient(hub.As("security")).IssueTokenAsync(new IssueTokenRequest { AgencyId = "security" });
            Assert.Equal(rotation.KeyId, KidOf(issued.Token));
            Assert.Equal(rotation.KeyId, (await KeyCalls.StatusAsync(new KeyService.KeyServiceClient(old), KeyPurpose.TokenSigning))
                .Single(k => k.State == KeyState.Current).KeyId);
        }

        await load.StopAsync();
        Assert.Empty(load.Faults.Take(5));
        var retiring = (await hub.StatusAsync(KeyPurpose.TokenSigning)).Where(k => k.State == KeyState.Retiring).ToList();
        Assert.Equal(5, retiring.Count);
        Assert.All(retiring, key => Assert.True(key.Until > key.Since));
    }

    [Fact]
    public async Task A_hub_that_is_killed_while_the_signing_key_rotates_takes_every_token_after_the_next_start()
    {
        List<string> tokens = [];
        for (var round = 0; round < 5; round++)
        {
            await using var hub = await HubProcess.StartAsync(data);
            tokens.Add(File.ReadAllText(Path.Combine(data, "tokens", "security.jwt")));
            var rotating = hub.RotateAsync(KeyPurpose.TokenSigning, $"round-{round}");
            for (var i = 0; i < round; i++)
            {
                await hub.StatusAsync(KeyPurpose.TokenSigning);
            }

            await hub.KillAsync();
            await Record.ExceptionAsync(() => rotating);
        }

        await using var last = await HubProcess.StartAsync(data);
        foreach (var token in tokens)
        {
            var metadata = new Grpc.Core.Metadata { { "authorization", $"Bearer {token}" } };
            using var channel = last.Connect();
            await new AgencyService.AgencyServiceClient(channel).ListAgenciesAsync(new ListAgenciesRequest(), metadata);
        }

        Assert.Single(await last.StatusAsync(KeyPurpose.TokenSigning), k => k.State == KeyState.Current);
    }

    [Fact]
    public async Task A_former_key_ends_with_its_last_token()
    {
        var time = FakeTime.OfWallClock(TimeProvider.System.GetUtcNow());
        var hub = await HubServer.StartAsync(data, time);
        var old = hub.TokenOf("security");
        await new KeyService.KeyServiceClient(hub.As("security")).RotateTokenSigningKeyAsync(new() { RequestId = "a", Reason = "test" });
        time.Now += TimeSpan.FromDays(29);
        var fresh = (await new TokenService.TokenServiceClient(hub.As("security"))
            .IssueTokenAsync(new IssueTokenRequest { AgencyId = "security", LifetimeSeconds = 500_000 })).Token;
        await new AgencyService.AgencyServiceClient(hub.WithToken(old)).ListAgenciesAsync(new ListAgenciesRequest());
        await hub.StopAsync();

        time.Now += TimeSpan.FromDays(2);
        await using var again = await HubServer.StartAsync(data, time);
        var keys = new KeyService.KeyServiceClient(again.WithToken(fresh));
        List<HubKey> status;
        do
        {
            status = await KeyCalls.StatusAsync(keys, KeyPurpose.TokenSigning);
        }
        while (status.Exists(k => k.State == KeyState.Retiring));
        Assert.Equal([KeyState.Retired, KeyState.Current], status.Select(k => k.State));
        Assert.DoesNotContain(KidOf(old), File.ReadAllText(Path.Combine(data, "auth", "jwks.json")), StringComparison.Ordinal);
    }

    private static string KidOf(string token) => JsonNode.Parse(
        System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[0]))!["kid"]!.GetValue<string>();
}
