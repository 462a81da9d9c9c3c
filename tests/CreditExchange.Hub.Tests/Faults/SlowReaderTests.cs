using System.Diagnostics;
using System.Net.Sockets;
using CreditExchange.Hub.Tests.Updates;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Xunit.Abstractions;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>Readers of snapshots and watchers whose lines carry a kilobyte a second hold nobody back.</summary>
public sealed class SlowReaderTests(ITestOutputHelper output) : IDisposable
{
    private const int Slow = 10;
    private const int Listed = 4_000;
    private const int Published = 3_000;
    private const int Rounds = 2;
    private readonly string data = Directory.CreateTempSubdirectory("hub-slow-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task Readers_at_a_kilobyte_a_second_hold_back_neither_writers_nor_other_readers_nor_the_log_nor_memory()
    {
        await using var hub = await HubProcess.StartAsync(data, "DOTNET_GCHeapHardLimit=0x18000000");
        await SnapshotFileTests.PublishManyAsync(hub, Listed);
        var (free, held) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        var lines = new List<SlowLine>();
        using var stop = new CancellationTokenSource();
        List<Task<int>> slow = [];
        // Each with the machine's other work on it: the best of some rounds without slow readers, then with them.
        for (var round = 0; round < 2 * Rounds; round++)
        {
            if (round == Rounds)
            {
                slow = StartSlow(hub, lines, stop.Token);
                while (lines.Count < 2 * Slow || lines.Any(line => line.Bytes == 0))
                {
                    await Task.Yield();
                }
            }

            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(SnapshotFileTests.PublishManyAsync(hub, Published, $"round{new string('x', round)}"), ReadAsync(hub), FollowAsync(hub));
            var took = Stopwatch.GetElapsedTime(began);
            (free, held) = round < Rounds ? (Least(free, took), held) : (free, Least(held, took));
        }

        output.WriteLine($"without {free.TotalMilliseconds:F0} ms, beside {2 * Slow} slow readers {held.TotalMilliseconds:F0} ms");
        Assert.All(slow, reading => Assert.False(reading.IsCompleted, "A slow reader has ended."));
        // A reader that held a lock, a transaction or a thread would hold all this up for as long as it reads: hours.
        Assert.True(held < 5 * free, $"{free} without, {held} with slow readers");
        Assert.InRange(new FileInfo(Path.Combine(data, "ledger.db-wal")).Length, 0, 200L << 20);
        await ReadWholeLedgerAsync(hub);
        Assert.InRange(await hub.MetricAsync("creditexchange_ledger_longest_read_seconds"), double.Epsilon, 1);
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(slow), messages => Assert.True(messages >= 0));
        Assert.DoesNotContain(hub.Output, line => line.Contains("fail:", StringComparison.Ordinal) || line.Contains("crit:", StringComparison.Ordinal));
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static async Task ReadAsync(HubProcess hub)
    {
        using var channel = hub.Connect();
        var client = new ListUpdateService.ListUpdateServiceClient(hub.As(Writes.Court, channel));
        Assert.True((await SnapshotTests.ReadAsync(client, new ReadSnapshotRequest())).Rows.Count >= Listed);
    }

    /// <summary>Verifying reads every row there is.</summary>
    private static async Task ReadWholeLedgerAsync(HubProcess hub)
    {
        using var channel = hub.Connect();
        var client = new MaintenanceService.MaintenanceServiceClient(hub.As("operator", channel));
        using var call = client.VerifyLedger(new VerifyLedgerRequest());
        Assert.Empty((await call.ResponseStream.ReadAllAsync().ToListAsync())[^1].Report.Fault);
    }

    private static async Task FollowAsync(HubProcess hub)
    {
        using var channel = hub.Connect();
        var client = new ListUpdateService.ListUpdateServiceClient(hub.As(Writes.Court, channel));
        using var call = client.WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        for (var seen = 0; seen < Listed;)
        {
            Assert.True(await call.ResponseStream.MoveNext(default));
            seen += call.ResponseStream.Current.Event is null ? 0 : 1;
        }
    }

    private static List<Task<int>> StartSlow(HubProcess hub, List<SlowLine> lines, CancellationToken stop)
    {
        var reading = new List<Task<int>>();
        for (var i = 0; i < 2 * Slow; i++)
        {
            var channel = GrpcChannel.ForAddress(hub.GrpcAddress, new GrpcChannelOptions
            {
                DisposeHttpClient = true,
                HttpHandler = new SocketsHttpHandler
                {
                    ConnectCallback = async (context, cancel) =>
                    {
                        // Small windows in the kernel too: what the hub has sent is little more than what was read.
                        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096, NoDelay = true };
                        await socket.ConnectAsync(context.DnsEndPoint, cancel);
                        var line = new SlowLine(new NetworkStream(socket, ownsSocket: true));
                        lock (lines)
                        {
                            lines.Add(line);
                        }

                        return line;
                    },
                },
            });
            var client = new ListUpdateService.ListUpdateServiceClient(hub.As(Writes.Court, channel));
            reading.Add(i % 2 == 0
                ? CountAsync(channel, client.ReadSnapshot(new ReadSnapshotRequest(), cancellationToken: stop))
                : CountAsync(channel, client.WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 }, cancellationToken: stop)));
        }

        return reading;
    }

    private static async Task<int> CountAsync<T>(GrpcChannel channel, AsyncServerStreamingCall<T> call)
    {
        using (channel)
        using (call)
        {
            var messages = 0;
            try
            {
                while (await call.ResponseStream.MoveNext(default))
                {
                    messages++;
                }
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.Cancelled)
            {
                // By the test, at its end.
                return messages;
            }

            return messages;
        }
    }

    /// <summary>A connection from which a kilobyte can be read each second.</summary>
    private sealed class SlowLine(NetworkStream inner) : Stream
    {
        private readonly PeriodicTimer second = new(TimeSpan.FromSeconds(1));
        private long bytes;

        public long Bytes => Interlocked.Read(ref bytes);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Bytes > 0)
            {
                await second.WaitForNextTickAsync(cancellationToken);
            }

            var read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, 1_024)], cancellationToken);
            Interlocked.Add(ref bytes, read);
            return read;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            second.Dispose();
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
