using System.Collections.Concurrent;
using CreditExchange.Cli.Errors;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Cli.Tests;

public sealed class WatchTests
{
    [Fact]
    public async Task A_broken_stream_goes_on_after_the_last_position_told()
    {
        var updates = new BreakingUpdates();
        await using var hub = await Served.StartAsync(updates);
        var run = new Run();

        Assert.Equal(ExitCode.Done, await run.Cx("watch", "--from", "3", "--count", "10", "--address", hub.Address));

        var told = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => l.Split('\t')[0]);
        Assert.Equal(Enumerable.Range(3, 10).Select(static n => $"{n}"), told);
        Assert.Equal([(3L, ""), (7L, "ledger/1"), (11L, "ledger/1")], updates.Asked);
    }

    /// <summary>Tells four positions, the last of them twice, and breaks.</summary>
    private sealed class BreakingUpdates : ListUpdateService.ListUpdateServiceBase
    {
        public ConcurrentQueue<(long From, string Ledger)> Asked { get; } = new();

        public override async Task WatchUpdates(
            WatchUpdatesRequest request, IServerStreamWriter<WatchUpdatesResponse> responseStream, ServerCallContext context)
        {
            Asked.Enqueue((request.FromPosition, request.LedgerId));
            for (var position = request.FromPosition; position < request.FromPosition + 4; position++)
            {
                await responseStream.WriteAsync(new WatchUpdatesResponse
                {
                    Event = new LedgerEvent { Position = position, Kind = EventKind.EpochOpened },
                });
            }

            await responseStream.WriteAsync(new WatchUpdatesResponse
            {
                Event = new LedgerEvent { Position = request.FromPosition + 3, Kind = EventKind.EpochOpened },
            });
            await responseStream.WriteAsync(new WatchUpdatesResponse
            {
                Progress = new Progress { Position = request.FromPosition + 3, LedgerId = "ledger/1" },
            });
            throw new RpcException(new Status(StatusCode.Unavailable, "broken"));
        }
    }
}
