using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace CreditExchange.Fallback.Tests;

public class PipeTests
{
    private static async Task<(Socket Client, Socket Server)> PairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketConnection.SetRecommendedClientOptions(client);
        Assert.True(client.NoDelay);
        var accept = listener.AcceptAsync();
        await client.ConnectAsync(listener.LocalEndPoint!);
        return (client, await accept);
    }

    private static async Task<byte[]> ReadAllAsync(PipeReader reader, int count)
    {
        while (true)
        {
            var read = await reader.ReadAsync();
            if (read.Buffer.Length >= count)
            {
                var result = read.Buffer.Slice(0, count).ToArray();
                reader.AdvanceTo(read.Buffer.GetPosition(count));
                return result;
            }
            Assert.False(read.IsCompleted);
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(100_000, false)]
    [InlineData(30_000_000, false)]
    [InlineData(3_000_000, true)]
    public async Task Bytes_cross_in_both_directions_at_once(int size, bool streams)
    {
        var (c, s) = await PairAsync();
        var client = streams ? StreamConnection.GetDuplex(new NetworkStream(c, true), null, null) : SocketConnection.Create(c, null, null);
        var server = streams ? StreamConnection.GetDuplex(new NetworkStream(s, true), null, null) : SocketConnection.Create(s, null, null);
        var up = new byte[size];
        var down = new byte[size];
        new Random(1).NextBytes(up);
        new Random(2).NextBytes(down);
        var sent = Task.WhenAll(client.Output.WriteAsync(up).AsTask(), server.Output.WriteAsync(down).AsTask());
        var received = await Task.WhenAll(ReadAllAsync(server.Input, size), ReadAllAsync(client.Input, size));
        await sent;
        Assert.True(up.AsSpan().SequenceEqual(received[0]));
        Assert.True(down.AsSpan().SequenceEqual(received[1]));
        var measured = (IMeasuredDuplexPipe)client;
        Assert.Equal((size, size), (measured.TotalBytesSent, measured.TotalBytesReceived));
        if (client is SocketConnection connection)
        {
            var counters = connection.GetCounters();
            Assert.Equal((0, 0, 0), (counters.BytesAvailableOnSocket, counters.BytesWaitingToBeRead, counters.BytesWaitingToBeSent));
        }
        ((IDisposable)client).Dispose();
        ((IDisposable)server).Dispose();
    }

    [Fact]
    public async Task The_peer_ending_the_stream_ends_the_input()
    {
        var (c, s) = await PairAsync();
        using var client = SocketConnection.Create(c, null, null);
        await s.SendAsync("bye"u8.ToArray());
        s.Close();
        Assert.Equal("bye"u8.ToArray(), await ReadAllAsync(client.Input, 3));
        var read = await client.Input.ReadAsync();
        Assert.True(read.IsCompleted && read.Buffer.IsEmpty);
        Assert.Equal((PipeShutdownKind.ReadEndOfStream, SocketError.Success, 0), (client.ShutdownKind, client.SocketError, client.LastReceived));
        Assert.False(client.TrySetProtocolShutdown(PipeShutdownKind.ProtocolExitClient));
    }

    [Fact]
    public async Task A_reset_connection_fails_the_input_and_ends_the_output()
    {
        var (c, s) = await PairAsync();
        using var client = SocketConnection.Create(c, null, null);
        s.LingerState = new LingerOption(true, 0);
        s.Close(); // sends RST
        await Assert.ThrowsAsync<ConnectionResetException>(() => client.Input.ReadAsync().AsTask());
        Assert.Equal((PipeShutdownKind.ReadFailed, SocketError.ConnectionReset), (client.ShutdownKind, client.SocketError));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!(await client.Output.WriteAsync(new byte[10])).IsCompleted) Assert.InRange(clock.ElapsedMilliseconds, 0, 5000);
    }

    [Fact]
    public async Task Completing_the_output_ends_the_peers_stream_after_everything_is_sent()
    {
        var (c, s) = await PairAsync();
        using var client = SocketConnection.Create(c, null, null);
        using var server = SocketConnection.Create(s, null, null);
        await client.Output.WriteAsync(new byte[200_000]);
        client.Output.Complete();
        Assert.Equal(200_000, (await ReadAllAsync(server.Input, 200_000)).Length);
        Assert.True((await server.Input.ReadAsync()).IsCompleted);
    }

    [Fact]
    public async Task A_slow_peer_holds_the_writer_back_and_the_counters_tell()
    {
        var (c, s) = await PairAsync();
        using var client = SocketConnection.Create(c, new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024), null);
        c.SendBufferSize = 16 * 1024;
        var write = client.Output.WriteAsync(new byte[20_000_000]).AsTask();
        await Task.Delay(100);
        Assert.False(write.IsCompleted);
        Assert.InRange(client.GetCounters().BytesWaitingToBeSent, 1, 20_000_000);
        using var server = SocketConnection.Create(s, null, null);
        Assert.Equal(20_000_000, (await ReadAllAsync(server.Input, 20_000_000)).Length);
        await write;
    }

    [Fact]
    public async Task Dispose_ends_pending_reads()
    {
        var (c, s) = await PairAsync();
        var client = SocketConnection.Create(c, null, null);
        var pending = client.Input.ReadAsync().AsTask();
        client.Input.CancelPendingRead();
        Assert.True((await pending).IsCanceled);
        client.Dispose();
        client.Dispose();
        Assert.Equal(PipeShutdownKind.PipeDisposed, client.ShutdownKind);
        await Assert.ThrowsAnyAsync<Exception>(() => client.Input.ReadAsync().AsTask());
        s.Dispose();
    }

    [Fact]
    public async Task Awaitable_arguments_connect_fail_and_abort()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using (var args = new SocketAwaitableEventArgs { RemoteEndPoint = listener.LocalEndPoint })
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            if (!socket.ConnectAsync(args)) args.Complete();
            Assert.Equal(0, await args);
            Assert.True(socket.Connected);
        }
        var free = (IPEndPoint)listener.LocalEndPoint!;
        listener.Close();
        using (var args = new SocketAwaitableEventArgs(PipeScheduler.ThreadPool) { RemoteEndPoint = free })
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            if (!socket.ConnectAsync(args)) args.Complete();
            var refused = await Assert.ThrowsAsync<SocketException>(async () => await args);
            Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        }
        using (var args = new SocketAwaitableEventArgs())
        {
            _ = Task.Delay(50).ContinueWith(_ => args.Abort(SocketError.TimedOut));
            for (int i = 0; i < 2; i++) // it stays aborted
            {
                var aborted = await Assert.ThrowsAsync<SocketException>(async () => await args);
                Assert.Equal(SocketError.TimedOut, aborted.SocketErrorCode);
            }
        }
    }

    [Fact]
    public async Task The_dedicated_scheduler_runs_everything_once()
    {
        using var scheduler = new DedicatedThreadPoolPipeScheduler("test", workerCount: 3);
        Assert.Equal(3, scheduler.WorkerCount);
        int run = 0, own = 0;
        using var done = new CountdownEvent(100_001);
        Action<object?> work = _ =>
        {
            Interlocked.Increment(ref run);
            if (Thread.CurrentThread.Name == "test") Interlocked.Increment(ref own);
            done.Signal();
        };
        scheduler.Schedule(work, null);
        Parallel.For(0, 100_000, _ => scheduler.Schedule(work, null));
        Assert.True(done.Wait(10_000));
        Assert.Equal(100_001, run);
        Assert.InRange(own, 1, run);
        Assert.Equal(100_001, scheduler.TotalServicedByPool + scheduler.TotalServicedByQueue);
        for (int i = 0; i < 100 && scheduler.AvailableCount < 3; i++) await Task.Delay(10);
        Assert.Equal(3, scheduler.AvailableCount);
    }

    [Fact]
    public void Delegates_are_walked_over()
    {
        var heard = new List<int>();
        Action one = () => heard.Add(1), both = one + (() => heard.Add(2));
        Assert.True(one.IsSingle());
        Assert.False(both.IsSingle());
        foreach (var each in both.AsEnumerable()) each();
        foreach (var each in ((Action?)null).AsEnumerable()) each();
        Assert.Equal([1, 2], heard);
        Assert.IsAssignableFrom<IDisposable>(default(Delegates.DelegateEnumerator<Action>)); // compiled callers dispose it
    }
}
