using System.Security.Cryptography;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.Keys;

public sealed class WrappingKeyRotationTests : IDisposable
{
    private const int Listed = 600;
    private readonly string data = Directory.CreateTempSubdirectory("hub-keys-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task The_wrapping_key_rotates_under_load_without_a_failed_call()
    {
        await using var hub = await HubProcess.StartAsync(data);
        var restricted = await RotationLoad.PublishAsync(hub, "listed", Listed);
        using var load = new RotationLoad(hub, "load", restricted, [TestListings.Company(777_000_001)]);
        load.Start();
        for (var i = 0; i < 3; i++)
        {
            var rotation = await hub.RotateAsync(KeyPurpose.Wrapping, $"rotation-{i}");
            Assert.Equal(rotation, await hub.RotateAsync(KeyPurpose.Wrapping, $"rotation-{i}"));
            await hub.ReachAsync(KeyPurpose.Wrapping, rotation.KeyId);
        }

        await load.StopAsync();
        Assert.Empty(load.Faults.Take(5));
        var keys = await hub.StatusAsync(KeyPurpose.Wrapping);
        Assert.Equal(4, keys.Count);
        Assert.True(keys[^1] is { State: KeyState.Current, Rows: > Listed / 2 });
        Assert.All(keys.SkipLast(1), key => Assert.True(key is { State: KeyState.Retired, Rows: 0, Until: not null }));
        Assert.Equal(["wrapping.key"], Directory.GetFiles(Path.Combine(data, "keys")).Select(Path.GetFileName));
        await hub.StopAsync();
        await using var again = await HubProcess.StartAsync(data);
        await ReadAllAsync(again);
    }

    [Fact]
    public async Task A_hub_that_is_killed_at_any_point_of_a_rotation_finishes_it_after_the_next_start()
    {
        await using (var hub = await HubProcess.StartAsync(data))
        {
            await RotationLoad.PublishAsync(hub, "listed", 2 * Listed);
            await hub.StopAsync();
        }

        for (var round = 0; round < 6; round++)
        {
            await using var hub = await HubProcess.StartAsync(data);
            var rotating = hub.RotateAsync(KeyPurpose.Wrapping, $"round-{round}");
            for (var i = 0; i < round / 2; i++)
            {
                await hub.StatusAsync(KeyPurpose.Wrapping);
            }

            await hub.KillAsync();
            await Record.ExceptionAsync(() => rotating);
        }

        await using var last = await HubProcess.StartAsync(data);
        var id = (await last.StatusAsync(KeyPurpose.Wrapping)).Single(k => k.State == KeyState.Current).KeyId;
        await last.ReachAsync(KeyPurpose.Wrapping, id);
        Assert.All(
            (await last.StatusAsync(KeyPurpose.Wrapping)).Where(k => k.State == KeyState.Retired), key => Assert.Equal(0, key.Rows));
        await ReadAllAsync(last);
    }

    [Fact]
    public async Task A_key_from_a_file_rotates_online_and_a_start_with_the_wrong_keys_says_which_are_needed()
    {
        var (first, second) = (NewKey(), NewKey());
        var (file, previous) = (Path.Combine(data, "current"), Path.Combine(data, "previous"));
        File.WriteAllText(file, first);
        File.WriteAllText(previous, "");
        string[] files = [$"--Keys:WrappingKeyFile={file}", $"--Keys:PreviousWrappingKeyFile={previous}"];
        string id;
        await using (var hub = await HubProcess.StartAsync(data, files))
        {
            await RotationLoad.PublishAsync(hub, "listed", Listed);
            Assert.Equal("KEY_NOT_REPLACED", await Writes.ReasonOf(() => hub.RotateAsync(KeyPurpose.Wrapping, "a")));
            File.WriteAllText(file, second);
            Assert.Equal("KEY_UNUSABLE", await Writes.ReasonOf(() => hub.RotateAsync(KeyPurpose.Wrapping, "a")));
            File.WriteAllText(previous, "no key");
            Assert.Equal("KEY_UNUSABLE", await Writes.ReasonOf(() => hub.RotateAsync(KeyPurpose.Wrapping, "a")));
            File.WriteAllText(previous, first + "\n");
            id = (await hub.RotateAsync(KeyPurpose.Wrapping, "a")).KeyId;
            await hub.ReachAsync(KeyPurpose.Wrapping, id);
            await hub.StopAsync();
        }

        await using (var hub = await HubProcess.StartAsync(data, $"Keys__WrappingKey={second}"))
        {
            Assert.Equal(id, (await hub.StatusAsync(KeyPurpose.Wrapping)).Single(k => k.State == KeyState.Current).KeyId);
            Assert.Equal("KEY_EXTERNAL", await Writes.ReasonOf(() => hub.RotateAsync(KeyPurpose.Wrapping, "b")));
            await ReadAllAsync(hub);
            await hub.StopAsync();
        }

        foreach (var wrong in new[] { first, NewKey() })
        {
            var (code, output) = await HubProcess.RunToExitAsync(data, $"Keys__WrappingKey={wrong}");
            Assert.Equal(3, code);
            Assert.Contains($"another wrapping key ({id})", output, StringComparison.Ordinal);
            Assert.DoesNotContain(wrong, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_start_with_another_key_and_the_old_one_beside_it_rotates_by_itself()
    {
        var (first, second) = (NewKey(), NewKey());
        await using (var hub = await HubProcess.StartAsync(data, $"Keys__WrappingKey={first}"))
        {
            await RotationLoad.PublishAsync(hub, "listed", 2 * Listed);
            await hub.StopAsync();
        }

        // Killed as soon as it serves, until it was once killed in the middle: then both keys are needed.
        string[] both = [$"Keys__WrappingKey={second}", $"Keys__PreviousWrappingKey={first}"];
        await using (var hub = await HubProcess.StartAsync(data, both))
        {
            var keys = await hub.StatusAsync(KeyPurpose.Wrapping);
            await hub.KillAsync();
            if (keys.Exists(k => k.State == KeyState.Retiring))
            {
                var (code, output) = await HubProcess.RunToExitAsync(data, $"Keys__WrappingKey={second}");
                Assert.True(code == 3 && output.Contains("is not over", StringComparison.Ordinal), output);
            }
        }

        await using (var hub = await HubProcess.StartAsync(data, both))
        {
            var id = (await hub.StatusAsync(KeyPurpose.Wrapping)).Single(k => k.State == KeyState.Current).KeyId;
            await hub.ReachAsync(KeyPurpose.Wrapping, id);
            await hub.StopAsync();
        }

        await using var last = await HubProcess.StartAsync(data, $"Keys__WrappingKey={second}");
        await ReadAllAsync(last);
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    // Every personal part opens: each listing comes back whole.
    private static async Task ReadAllAsync(HubProcess hub)
    {
        var registry = hub.Registry(Writes.Court);
        var request = new ListListingsRequest { PageSize = 500 };
        var seen = 0;
        do
        {
            var page = await registry.ListListingsAsync(request);
            Assert.All(page.Listings, listing => Assert.False(string.IsNullOrEmpty(listing.Subject?.Number)));
            seen += page.Listings.Count;
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        Assert.True(seen >= Listed, $"{seen} listings");
    }
}
