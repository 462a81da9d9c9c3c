using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace CreditExchange.Benchmarks;

/// <summary>A redis-server of the machine's own package, in memory alone: the other side of the batch comparison.</summary>
internal sealed class RedisServer : IDisposable
{
    private readonly Process process;
    private readonly int port;

    private RedisServer(Process process, int port) => (this.process, this.port) = (process, port);

    public string Configuration => $"127.0.0.1:{port}";

    public static async Task<RedisServer> StartAsync(int port)
    {
        var process = Process.Start(new ProcessStartInfo("redis-server")
        {
            ArgumentList = { "--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no" },
            RedirectStandardOutput = true,
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var server = new RedisServer(process, port);
        for (var attempt = 0; attempt < 100; attempt++)
        {
            try
            {
                await using var probe = await server.ConnectAsync();
                return server;
            }
            catch (RedisConnectionException)
            {
                await Task.Delay(50);
            }
        }

        server.Dispose();
        throw new InvalidOperationException("redis-server did not start.");
    }

    /// <summary>A connection as the hub makes one.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var options = ConfigurationOptions.Parse(Configuration);
        options.SocketManager = SocketManager.ThreadPool;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    /// <summary>What redis-benchmark itself reaches with one client and a pipeline of 50: EXISTS a second.</summary>
    public async Task<double> BenchmarkAsync(int requests, int keys)
    {
        using var tool = Process.Start(new ProcessStartInfo("redis-benchmark")
        {
            ArgumentList =
            {
                "-p", $"{port}", "-c", "1", "-P", "50", "-n", $"{requests}", "-r", $"{keys}", "-q", "--csv", "EXISTS", "cx:__rand_int__",
            },
            RedirectStandardOutput = true,
        })!;
        var output = await tool.StandardOutput.ReadToEndAsync();
        await tool.WaitForExitAsync();
        var row = output.Split('\n').Last(l => l.StartsWith("\"EXISTS", StringComparison.Ordinal));
        return double.Parse(row.Split(',')[1].Trim('"'), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
