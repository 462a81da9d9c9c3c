using CreditExchange.Hub.Streams;
using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using CreditExchange.Streaming.Relay;
using CreditExchange.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Streaming.Tests;

/// <summary>Two relays on one store: one works, the other takes over when the first is silent.</summary>
public sealed class TwoRelaysTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_relay_that_freezes_in_the_middle_of_a_batch_is_followed_by_the_other_and_spoils_nothing_when_it_wakes(bool transactions)
    {
        using var topics = new StreamTopics();
        await using var hub = await HubServer.StartAsync();
        var options = new KafkaOptions { BootstrapServers = topics.Kafka.BootstrapServers, Transactions = transactions };
        using var freezing = new FreezingTime();
        using var stop = new CancellationTokenSource();
        var (first, second) = (new RelayStatus(), new RelayStatus());
        var relays = Task.WhenAll(RunAsync(hub, options, first, freezing, stop.Token), RunLaterAsync());
        var position = (await RelayTests.PublishAsync(hub, "before", TestListings.Company(1))).Position;
        await topics.ReachAsync(position);
        Assert.Equal((RelayState.Working, RelayState.Waiting), (first.State, second.State));

        // Its next batch is in the producer's hands when it stands still: the clock is read for the checkpoints behind the events.
        freezing.Freeze();
        for (var i = 0; i < 50; i++)
        {
            position = (await RelayTests.PublishAsync(hub, $"frozen-{i}", TestListings.Company(10 + i))).Position;
        }

        await freezing.Frozen;
        await Eventually.HoldsAsync("the other one works", () => second.State == RelayState.Working && second.Position >= position);
        await topics.ReachAsync(position);

        freezing.GoOn();
        for (var i = 0; i < 50; i++)
        {
            position = (await RelayTests.PublishAsync(hub, $"after-{i}", TestListings.Company(100 + i))).Position;
        }

        await Eventually.HoldsAsync("the first has given up", () => first.State != RelayState.Working);
        // Doubles may stand in the topic where there are no transactions (here also with them: the mock cluster shows what was aborted).
        await topics.ReachAsync(position);
        Assert.Equal(RelayState.Working, second.State);
        await stop.CancelAsync();
        await relays;

        async Task RunLaterAsync()
        {
            await Eventually.HoldsAsync("the first one works", () => first.State == RelayState.Working);
            await RunAsync(hub, options, second, TimeProvider.System, stop.Token);
        }
    }

    private static Task RunAsync(HubServer hub, KafkaOptions options, RelayStatus status, TimeProvider time, CancellationToken cancellation)
    {
        var ledger = hub.Services.GetRequiredService<ILedger>();
        var audience = Audience.Open(options.Filled()[0], ledger.Keys);
        return new AudienceRelay(
            audience, ledger, hub.Services.GetRequiredService<AudienceEvents>(), options, hub.Services.GetRequiredService<StreamBook>().Signing, status, time, NullLogger.Instance)
            .RunAsync(cancellation);
    }

    // The machine's clock; who asks it for the time of day while it is frozen stands still.
    private sealed class FreezingTime : TimeProvider, IDisposable
    {
        private readonly ManualResetEventSlim runs = new(initialState: true);
        private readonly TaskCompletionSource frozen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Frozen => frozen.Task;

        public void Freeze() => runs.Reset();

        public void GoOn() => runs.Set();

        public override DateTimeOffset GetUtcNow()
        {
            if (!runs.IsSet)
            {
                frozen.TrySetResult();
                runs.Wait();
            }

            return System.GetUtcNow();
        }

        public void Dispose() => runs.Dispose();
    }
}
