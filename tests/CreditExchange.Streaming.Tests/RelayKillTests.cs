using System.Globalization;
using System.Text.RegularExpressions;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Xunit.Abstractions;

namespace CreditExchange.Streaming.Tests;

/// <summary>
/// The real hub is killed at every named step of the relay and at random moments, over and over on one ledger and one pair of topics, beside
/// failing brokers; at the end the topics hold every position once.
/// </summary>
public sealed class RelayKillTests(ITestOutputHelper output)
{
    private const int Seed = 20_261_122;

    private static readonly (string Name, int Count)[] s_steps =
    [
        ("relay.after-fencing", 1), ("relay.after-scan", 1), ("relay.after-record", 2), ("relay.after-begin", 3), ("relay.after-produce", 20),
        ("relay.after-checkpoints", 2), ("relay.before-commit", 3), ("relay.after-commit", 4), ("relay.after-keep", 5),
    ];

    [Fact]
    public Task Kills_at_every_step_and_at_random_moments_leave_every_position_once() => RunAsync(rounds: 30, random: 12);

    [SoakFact]
    [Trait("Category", "Soak")]
    public async Task Many_kills_leave_every_position_once()
    {
        var summary = await RunAsync(SoakFactAttribute.Rounds, SoakFactAttribute.Rounds / 2);
        Console.WriteLine(summary);
    }

    [Fact]
    public void The_steps_are_those_of_the_source()
    {
        var source = Directory.EnumerateFiles(Path.Combine(TrapsBuild.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Regex.Matches(File.ReadAllText(file), "Traps\\.Reach\\(\"(relay\\.[^\"]+)\"\\)").Select(m => m.Groups[1].Value));
        Assert.Equal(source.Order(StringComparer.Ordinal), s_steps.Select(s => s.Name).Order(StringComparer.Ordinal));
    }

    private async Task<string> RunAsync(int rounds, int random)
    {
        using var topics = new StreamTopics();
        var data = Directory.CreateTempSubdirectory("hub-relay-").FullName;
        var moments = new Random(Seed);
        try
        {
            await using (await HubProcess.StartBuildAsync(TrapsBuild.Hub, data))
            {
                // The first start's content is there.
            }

            for (var round = 0; round < rounds; round++)
            {
                if (moments.Next(3) == 0 && TestKafka.Given is null)
                {
                    topics.Kafka.FailNext(TestKafka.Request.Produce, Confluent.Kafka.ErrorCode.NotLeaderForPartition, Confluent.Kafka.ErrorCode.RequestTimedOut);
                }

                var told = rounds - round <= random
                    ? await KillAsync(topics, data, round, $"after {moments.Next(2_000)} ms", TimeSpan.FromMilliseconds(moments.Next(2_000)))
                    : await KillAsync(topics, data, round, s_steps[round % s_steps.Length]);
                output.WriteLine($"round {round + 1}: killed {told}");
            }

            await using var last = await HubProcess.StartBuildAsync(TrapsBuild.Hub, data, "--" + topics.Setting);
            var position = await PublishAsync(last, "last", CancellationToken.None);
            var history = await topics.ReachAsync(position);
            var summary = string.Create(
                CultureInfo.InvariantCulture, $"{rounds} kills, seed {Seed}: {position} positions, each once, {history.Checkpoints} digests equal, {history.Doubles} doubles dropped.");
            output.WriteLine(summary);
            return summary;
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<string> KillAsync(StreamTopics topics, string data, int round, (string Name, int Count) step)
    {
        var trap = string.Create(CultureInfo.InvariantCulture, $"{step.Name}:{step.Count}");
        var (hub, serves) = await HubProcess.StartTrappedAsync(TrapsBuild.Hub, trap, data, "--" + topics.Setting);
        await using var owned = hub;
        using var ended = new CancellationTokenSource();
        var load = serves ? LoadAsync(hub, round, ended.Token) : Task.FromResult(0);
        try
        {
            await hub.WaitForExitAsync(TimeSpan.FromSeconds(40));
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"The step {trap} was never reached:\n{string.Join('\n', hub.Output.TakeLast(20))}");
        }
        finally
        {
            await ended.CancelAsync();
        }

        hub.DropChannels();
        return $"at {trap} after {await load} writes";
    }

    private static async Task<string> KillAsync(StreamTopics topics, string data, int round, string when, TimeSpan moment)
    {
        await using var hub = await HubProcess.StartBuildAsync(TrapsBuild.Hub, data, "--" + topics.Setting);
        using var ended = new CancellationTokenSource();
        var load = LoadAsync(hub, round, ended.Token);
        // Chosen by the seed, and counted from when the hub serves: which step that is differs from run to run, and is meant to.
        await Task.Delay(moment);
        await hub.KillAsync();
        await ended.CancelAsync();
        return $"{when}, {await load} writes";
    }

    private static async Task<int> LoadAsync(HubProcess hub, int round, CancellationToken ended)
    {
        var written = 0;
        try
        {
            // A mock broker keeps 5 MB of a partition, and the whole history is read at the end: a trickle, not a flood.
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            for (; await pace.WaitForNextTickAsync(ended); written++)
            {
                await PublishAsync(hub, $"{round}-{written}", ended);
            }
        }
        catch (Exception error) when (error is RpcException { StatusCode: StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled } or ObjectDisposedException or OperationCanceledException)
        {
            // The hub is gone, as it was meant to be.
            return written;
        }

        return written;
    }

    private static async Task<long> PublishAsync(HubProcess hub, string key, CancellationToken cancellation)
    {
        // Few subjects: each has many events, whose order counts.
        var subject = TestListings.Company(key.Sum(c => c) % 40);
        var answer = await hub.Registry("hainan-high-court").PublishListingAsync(
            new PublishListingRequest { RequestId = $"kill-{key}", Listing = TestListings.Create("court.dishonest-judgment-debtor", subject, $"kill-{key}") },
            cancellationToken: cancellation);
        return answer.Listing.Position;
    }
}
