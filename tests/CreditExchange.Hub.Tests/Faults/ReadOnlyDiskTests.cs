using System.Net;
using CreditExchange.AccessLog.Reading;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>The data folder becomes read-only under a hub that serves.</summary>
public sealed class ReadOnlyDiskTests : IDisposable
{
    private const string Approval = "hainan-approval";
    private readonly string root = Directory.CreateTempSubdirectory("hub-disk-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [FailingDiskFact]
    public async Task A_data_folder_that_turns_read_only_ends_writes_and_then_answers_and_loses_and_invents_nothing()
    {
        using var disk = new FailingDisk(Path.Combine(root, "image"), Path.Combine(root, "disk"));
        var data = Path.Combine(disk.Folder, "data");
        var acknowledged = new List<Listing>();
        var answered = new List<CheckSubjectResponse>();
        await using (var hub = await HubProcess.StartAsync(data))
        {
            var registry = hub.Registry(Writes.Court);
            for (var i = 0; i < 60; i++)
            {
                acknowledged.Add((await registry.PublishListingAsync(Writes.Publish($"before-{i}", i, person: i % 2 == 0))).Listing);
                answered.Add(await CheckAsync(hub, acknowledged[^1]));
            }

            Assert.Equal(0, MountFactAttribute.Run("sync", "-f", data));
            disk.Fail();
            var wrong = await RpcFailure.OfAsync(() => registry.PublishListingAsync(Writes.Publish("first", 1_000)).ResponseAsync);
            Assert.Equal(StatusCode.Unavailable, wrong.Code);
            Assert.Contains(wrong.Reason, (string[])["LEDGER_UNAVAILABLE", "ACCESS_LOG_FULL"]);

            // Until the log notices, within a second, answers are those of before; from then on there is none.
            var late = 0;
            while (await AnswerAsync(hub, acknowledged[0]) is { } answer)
            {
                Assert.Equal(Verdict.Restricted, answer.Verdict);
                Assert.True(++late < 100_000, "Answers don't end.");
            }

            for (var i = 0; i < 50; i++)
            {
                foreach (var call in (Func<Task>[])[
                    () => registry.PublishListingAsync(Writes.Publish($"after-{i}", 2_000 + i)).ResponseAsync,
                    () => CheckAsync(hub, acknowledged[i]),
                    () => registry.GetListingAsync(new GetListingRequest { ListingId = acknowledged[i].ListingId }).ResponseAsync])
                {
                    var refused = await RpcFailure.OfAsync(call);
                    Assert.Equal((StatusCode.Unavailable, "ACCESS_LOG_FULL", true), (refused.Code, refused.Reason, refused.Retry));
                }
            }

            using var http = new HttpClient();
            using var ready = await http.GetAsync(new Uri(hub.HttpAddress + "/healthz/ready"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Single(hub.Output, line => line.Contains("can't be handed to the disk", StringComparison.Ordinal));
            await hub.KillAsync();
        }

        var (code, said) = await HubProcess.RunToExitAsync(data);
        Assert.True(code == 3, said);

        disk.Repair();
        await using (var again = await HubProcess.StartAsync(data))
        {
            foreach (var listing in acknowledged)
            {
                var got = await again.Registry(Writes.Court).GetListingAsync(new GetListingRequest { ListingId = listing.ListingId });
                Assert.Equal(listing, got.Listing);
                Assert.Equal(Verdict.Restricted, (await CheckAsync(again, listing)).Verdict);
            }

            // What was refused was not written; the same request is now.
            var now = (await again.Registry(Writes.Court).PublishListingAsync(Writes.Publish("after-1", 2_001))).Listing;
            Assert.Equal(acknowledged[^1].Position + 1, now.Position);
            await again.StopAsync();
        }

        var log = Path.Combine(data, "access-log");
        Assert.Empty(AccessLogVerification.Verify(log).Faults);
        var recorded = AccessLogReader.Read(log).Select(e => e.Place.ToString()).ToHashSet(StringComparer.Ordinal);
        Assert.All(answered, answer => Assert.Contains(answer.CheckId, recorded));
        await using var ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { DataFolder = data, CreateWrappingKey = true }, TimeProvider.System, NullLogger.Instance);
        var report = await ledger.VerifyAsync();
        Assert.True(report.IsSound, report.Fault);
    }

    private static async Task<CheckSubjectResponse> CheckAsync(HubProcess hub, Listing listing) =>
        await hub.Lookup(Approval).CheckSubjectAsync(Writes.Check(listing.Subject, listing.Position));

    private static async Task<CheckSubjectResponse?> AnswerAsync(HubProcess hub, Listing listing)
    {
        try
        {
            return await CheckAsync(hub, listing);
        }
        catch (RpcException error)
        {
            Assert.Equal((StatusCode.Unavailable, "ACCESS_LOG_FULL"), (error.StatusCode, Writes.ReasonOf(error)));
            return null;
        }
    }
}
