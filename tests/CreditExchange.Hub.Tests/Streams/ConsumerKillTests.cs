using System.Collections.Concurrent;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Xunit.Abstractions;

namespace CreditExchange.Hub.Tests.Streams;

/// <summary>The real process is killed while consumers tell. What it answered must be kept.</summary>
public sealed class ConsumerKillTests(ITestOutputHelper output) : IDisposable
{
    private const int Rounds = 6;
    private const int Consumers = 30;
    private const int Seed = 20_261_122;
    private readonly string data = Directory.CreateTempSubdirectory("hub-consumers-").FullName;

    [Fact]
    public async Task Kills_while_consumers_tell_lose_nothing_that_was_answered()
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var answered = new ConcurrentDictionary<string, long>();
        var open = new ConcurrentDictionary<string, long>();
        for (var round = 0; round < Rounds; round++)
        {
            await using var hub = await HubProcess.StartAsync(data);
            var listed = await hub.Updates("operator").ListConsumersAsync(new ListConsumersRequest());
            Check(listed.Consumers.ToDictionary(c => c.Name, c => c.Position), answered, open);
            open.Clear();
            // Beyond the first of each consumer the kill comes amid writes that wait for their second.
            var enough = random.Next(1, 2 * Consumers);
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var count = 0;
            var telling = Enumerable.Range(0, Consumers).Select(async i =>
            {
                var name = $"c-{i}";
                for (var position = (long)((round + i) % 5) + 1; ; position = (position % 10) + 1)
                {
                    try
                    {
                        await hub.Updates("guangdong-hub").AcknowledgeUpdatesAsync(
                            new AcknowledgeUpdatesRequest { Consumer = name, LedgerId = listed.LedgerId, Position = position });
                        answered[name] = position;
                    }
                    catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.Internal)
                    {
                        open[name] = position;
                        return;
                    }

                    if (Interlocked.Increment(ref count) == enough)
                    {
                        reached.SetResult();
                    }
                }
            }).ToList();
            await reached.Task;
            await hub.KillAsync();
            await Task.WhenAll(telling);
            output.WriteLine($"round {round}: {count} answered");
        }

        Assert.NotEmpty(answered);
        await using var last = await HubProcess.StartAsync(data);
        var end = await last.Updates("operator").ListConsumersAsync(new ListConsumersRequest());
        Check(end.Consumers.ToDictionary(c => c.Name, c => c.Position), answered, open);
        await last.StopAsync();
    }

    public void Dispose() => Directory.Delete(data, recursive: true);

    private static void Check(
        Dictionary<string, long> kept, ConcurrentDictionary<string, long> answered, ConcurrentDictionary<string, long> open)
    {
        foreach (var (name, position) in answered)
        {
            // What had no answer may be kept or not.
            var found = Assert.Contains(name, kept as IReadOnlyDictionary<string, long>);
            Assert.True(found == position || (open.TryGetValue(name, out var sent) && found == sent), $"{name}: {found}, not {position}");
            answered[name] = found;
        }
    }
}
