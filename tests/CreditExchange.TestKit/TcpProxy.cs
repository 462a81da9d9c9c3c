using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CreditExchange.TestKit;

/// <summary>A way to a server that can be held still, delayed or cut: what passes through stays whole.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly ConcurrentBag<TcpClient> clients = [];
    private volatile int target;
    private readonly Task accepting;
    private volatile TaskCompletionSource? still;
    private volatile bool refuses;

    private TcpProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>A proxy to a loopback port.</summary>
    public static TcpProxy To(int target) => new(target);

    /// <summary>A proxy to an http address.</summary>
    public static TcpProxy To(string address) => new(new Uri(address).Port);

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The same as an address.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    /// <summary>How long each piece is kept back, in both directions.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Connections stand, nothing passes: a half-open connection, as far as the ends can see.</summary>
    public void HoldStill() => still ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was held passes again.</summary>
    public void GoOn()
    {
        var held = still;
        still = null;
        refuses = false;
        held?.SetResult();
    }

    /// <summary>From now on new connections go to another loopback address.</summary>
    public void Turn(string address) => target = new Uri(address).Port;

    /// <summary>Ends all connections and lets none in until <see cref="GoOn"/>.</summary>
    public void Cut()
    {
        refuses = true;
        foreach (var client in clients)
        {
            client.Close();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        foreach (var client in clients)
        {
            client.Close();
        }

        still?.TrySetResult();
        await accepting;
        end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await listener.AcceptTcpClientAsync(end.Token);
                clients.Add(near);
                if (refuses)
                {
                    near.Close();
                    continue;
                }

                var far = new TcpClient();
                clients.Add(far);
                _ = JoinAsync(near, far);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task JoinAsync(TcpClient near, TcpClient far)
    {
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, target, end.Token);
            await Task.WhenAny(PassAsync(near.GetStream(), far.GetStream()), PassAsync(far.GetStream(), near.GetStream()));
        }
        catch (Exception error) when (IsEnd(error))
        {
            return;
        }
        finally
        {
            near.Close();
            far.Close();
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[65_536];
        try
        {
            while (await from.ReadAsync(buffer, end.Token) is var length and > 0)
            {
                if (Delay > TimeSpan.Zero)
                {
                    await Task.Delay(Delay, end.Token);
                }

                while (still is { } held)
                {
                    await held.Task;
                }

                await to.WriteAsync(buffer.AsMemory(0, length), end.Token);
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            return;
        }
    }

    private static bool IsEnd(Exception error) =>
        error is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;
}
