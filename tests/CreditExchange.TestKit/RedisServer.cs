using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace CreditExchange.TestKit;

/// <summary>A real Redis server of the test's own, on a free loopback port, that can be killed, held still and brought back.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("redis-").FullName;
    private readonly string[] settings;
    private Process? process;

    private RedisServer(int port, string[] settings) => (Port, this.settings) = (port, settings);

    /// <summary>The port, the same after a restart.</summary>
    public int Port { get; }

    /// <summary>What the hub gets as Redis:Configuration.</summary>
    public string Configuration => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>The file that <c>SAVE</c> writes and a start reads.</summary>
    public string Dump => Path.Combine(folder, "dump.rdb");

    /// <summary>Starts a server.</summary>
    /// <param name="settings">Further settings as on its command line.</param>
    public static async Task<RedisServer> StartAsync(params string[] settings)
    {
        var server = new RedisServer(FreePort(), settings);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it on the same port after <see cref="Kill"/>; with what the dump holds, if there is one.</summary>
    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true };
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", folder, .. settings,
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return;
            }
        }

        throw new InvalidOperationException($"redis-server ended with {process.ExitCode}.");
    }

    /// <summary>kill -9, by its id.</summary>
    public void Kill()
    {
        process!.Kill();
        process.WaitForExit();
    }

    /// <summary>SIGSTOP: connections stand, nothing answers.</summary>
    public void HoldStill() => Signal("-STOP");

    /// <summary>SIGCONT.</summary>
    public void GoOn() => Signal("-CONT");

    /// <summary>Does something on a connection of its own.</summary>
    public async Task<T> DoAsync<T>(Func<IDatabase, IServer, Task<T>> work)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},allowAdmin=true"));
        return await work(connection.GetDatabase(), connection.GetServer("127.0.0.1", Port));
    }

    /// <summary>Sends a command.</summary>
    public Task<RedisResult> CommandAsync(string command, params object[] arguments) =>
        DoAsync((database, _) => database.ExecuteAsync(command, arguments));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            Kill();
        }

        process?.Dispose();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
