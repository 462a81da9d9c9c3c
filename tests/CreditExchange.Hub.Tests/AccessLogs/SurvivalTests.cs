using System.Collections.Concurrent;
using CreditExchange.AccessLog.Reading;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Xunit.Abstractions;

namespace CreditExchange.Hub.Tests.AccessLogs;

/// <summary>The log of a real process that is killed, and of one whose disk is full.</summary>
public sealed class SurvivalTests(ITestOutputHelper output) : IDisposable
{
    private const int Rounds = 10;
    private readonly string folder = Directory.CreateTempSubdirectory("hub-log-").FullName;
    private bool isMounted;

    private string Data => Path.Combine(folder, "data");

    private string Log => Path.Combine(Data, "access-log");

    public void Dispose()
    {
        if (isMounted)
        {
            MountFactAttribute.Run("umount", folder);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Ten_kills_under_load_lose_no_record_of_an_answer_and_write_none_twice()
    {
        var random = new Random(20_260_312);
        var answered = new ConcurrentDictionary<string, (string Purpose, Verdict Verdict)>();
        for (var round = 0; round < Rounds; round++)
        {
            await using var hub = await HubProcess.StartAsync(Data, "--AccessLog:SegmentMegabytes=1");
            if (round == 0)
            {
                await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("listed", 1));
            }

            var enough = random.Next(20, 2_000);
            await CheckUntilKilledAsync(hub, round, enough, answered);
        }

        output.WriteLine($"{answered.Count} answers");
        var report = AccessLogVerification.Verify(Log);
        Assert.Empty(report.Faults);
        var written = AccessLogReader.Read(Log).Where(e => e.Record.Verdict != Verdict.Unspecified).ToDictionary(e => e.Place.ToString(), e => e.Record);
        Assert.All(answered, a => Assert.Equal(a.Value, (written[a.Key].Purpose, written[a.Key].Verdict)));
        Assert.Equal(written.Count, written.Values.Select(r => r.Purpose).Distinct().Count());
    }

    [MountFact]
    public async Task A_full_disk_stops_every_answer_and_room_brings_them_back_without_a_restart()
    {
        Assert.Equal(0, MountFactAttribute.Run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder));
        isMounted = true;
        await using var hub = await HubProcess.StartAsync(Data, "--AccessLog:SegmentMegabytes=1");
        var ballast = Path.Combine(folder, "ballast");
        Fill(ballast);
        var lookup = hub.Lookup("hainan-approval");
        var answers = new ConcurrentBag<string>();
        RpcException? refused = null;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async caller =>
        {
            for (var i = 0; i < 20_000 && refused is null; i++)
            {
                try
                {
                    answers.Add((await lookup.CheckSubjectAsync(Check($"full-{caller}-{i}"))).CheckId);
                }
                catch (RpcException error)
                {
                    refused = error;
                }
            }
        }));
        Assert.NotNull(refused);
        Assert.Equal((StatusCode.Unavailable, "ACCESS_LOG_FULL"), (refused.StatusCode, Writes.ReasonOf(refused)));
        Assert.True(Writes.SaysWhenToRetry(refused));
        Assert.Equal("ACCESS_LOG_FULL", await Writes.ReasonOf(() => hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("none", 5)).ResponseAsync));
        using var http = new HttpClient();
        Assert.Contains("access log is full", await (await http.GetAsync(new Uri(hub.HttpAddress + "/healthz/ready"))).Content.ReadAsStringAsync(), StringComparison.Ordinal);

        File.Delete(ballast);
        var after = await RetryAsync(() => lookup.CheckSubjectAsync(Check("after")).ResponseAsync);
        await hub.KillAsync();
        var written = AccessLogReader.Read(Log).Select(e => e.Place.ToString()).ToHashSet(StringComparer.Ordinal);
        Assert.Contains(after.CheckId, written);
        Assert.All(answers, a => Assert.Contains(a, written));
        Assert.Empty(AccessLogVerification.Verify(Log).Faults);
    }

    private static async Task CheckUntilKilledAsync(
        HubProcess hub, int round, int enough, ConcurrentDictionary<string, (string Purpose, Verdict Verdict)> answered)
    {
        var lookup = hub.Lookup("hainan-approval");
        var count = 0;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var callers = Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; ; i++)
            {
                var purpose = $"r{round}-{caller}-{i}";
                try
                {
                    var answer = await lookup.CheckSubjectAsync(Check(purpose));
                    Assert.True(answered.TryAdd(answer.CheckId, (purpose, answer.Verdict)), $"{answer.CheckId} was given twice");
                }
                catch (RpcException)
                {
                    return;
                }

                if (Interlocked.Increment(ref count) == enough)
                {
                    reached.SetResult();
                }
            }
        })));
        await Task.WhenAny(reached.Task, callers);
        Assert.True(reached.Task.IsCompleted, "The load ended by itself.");
        await hub.KillAsync();
        await callers;
    }

    private static CheckSubjectRequest Check(string purpose) => new()
    {
        Subject = TestListings.Company(purpose.Length % 2 + 1),
        Matter = "approval.notification-commitment",
        Purpose = purpose,
    };

    // The first call after there is room may come within the pause that the disk is left alone.
    private static async Task<T> RetryAsync<T>(Func<Task<T>> call)
    {
        for (var left = 1_000; ; left--)
        {
            try
            {
                return await call();
            }
            catch (RpcException error) when (left > 0 && Writes.ReasonOf(error) == "ACCESS_LOG_FULL")
            {
                await Task.Yield();
            }
        }
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        try
        {
            for (var block = new byte[65_536]; ;)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // That was the purpose.
        }
    }
}
