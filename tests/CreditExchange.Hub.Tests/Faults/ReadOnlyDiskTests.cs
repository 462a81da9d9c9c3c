using CreditExchange.AccessLog.Reading;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>The data folder becomes read-only under a hub that serves.</summary>
public sealed class ReadOnlyDiskTests(ITestOutputHelper output) : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("hub-disk-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [FailingDiskFact]
    public async Task A_data_folder_that_turns_read_only_under_load_ends_writes_and_checks_and_loses_and_invents_nothing()
    {
        using var disk = new FailingDisk(Path.Combine(root, "image"), Path.Combine(root, "disk"));
        var data = Path.Combine(disk.Folder, "data");
        var acknowledged = new List<Listing>();
        var answered = new List<CheckSubjectResponse>();
        await using (var hub = await HubProcess.StartAsync(data))
        {
            var registry = hub.Registry(Writes.Court);
            for (var i = 0; i < 50; i++)
            {
                acknowledged.Add((await registry.PublishListingAsync(Writes.Publish($"before-{i}", i, person: i % 2 == 0))).Listing);
                answered.Add(await CheckAsync(hub, acknowledged[^1]));
            }

            disk.Fail();
            for (var i = 0; i < 400; i++)
            {
                await TryAsync("write", async () => acknowledged.Add((await registry.PublishListingAsync(Writes.Publish($"after-{i}", 100 + i))).Listing));
                await TryAsync("check", async () => answered.Add(await CheckAsync(hub, acknowledged[i % acknowledged.Count])));
            }

            output.WriteLine(string.Join('\n', reasons.Select(r => $"{r.Key}: {r.Value}")));
            output.WriteLine(string.Join('\n', hub.Output.TakeLast(30)));
            await hub.KillAsync();
        }
    }

    private readonly Dictionary<string, int> reasons = [];

    private async Task TryAsync(string what, Func<Task> call)
    {
        var reason = "answered";
        try
        {
            await call();
        }
        catch (RpcException error)
        {
            reason = $"{error.StatusCode} {Writes.ReasonOf(error)}";
        }

        reasons[$"{what} {reason}"] = reasons.GetValueOrDefault($"{what} {reason}") + 1;
    }

    private static async Task<CheckSubjectResponse> CheckAsync(HubProcess hub, Listing listing) =>
        await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(listing.Subject, listing.Position));
}
