using System.Diagnostics;
using CreditExchange.Hub.Hosting;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using CreditExchange.Hub.AccessLogs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CreditExchange.Benchmarks;

/// <summary>The hub with an echo beside its services, as a process of its own.</summary>
internal sealed class BenchmarkServer : IAsyncDisposable, IDisposable
{
    private readonly Process process;
    private readonly bool ownsData;

    private BenchmarkServer(Process process, string data, int port, bool ownsData)
    {
        this.process = process;
        this.ownsData = ownsData;
        Data = data;
        Address = $"http://127.0.0.1:{port}";
    }

    public string Data { get; }

    public string Address { get; }

    public int Pid => process.Id;

    /// <summary>What the started process does.</summary>
    public static async Task RunAsync(string[] args)
    {
        await using var app = await HubHost.StartAsync(
            args,
            builder => builder.Services.AddSingleton(new AccessLogSwitch { IsOff = builder.Configuration["NoAccessLog"] == "True" }),
            map: app => app.MapGrpcService<EchoImplementation>());
        await app.WaitForShutdownAsync();
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<(BenchmarkServer Server, TimeSpan ReadyAfter)> StartAsync(
        string? data = null, int sample = 0, bool noAccessLog = false)
    {
        var (grpc, http) = (FreePort(), FreePort());
        var folder = data ?? Directory.CreateTempSubdirectory("bench-").FullName;
        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList =
            {
                "server", "--environment=Development", $"--GrpcPort={grpc}", $"--HttpPort={http}", $"--Data={folder}",
                $"--SampleListings={sample}", "--Logging:LogLevel:Default=Warning", $"--NoAccessLog={noAccessLog}",
            },
            // It is killed at the end, and would leave its sockets for debuggers in the temporary folder.
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
            RedirectStandardOutput = true,
        })!;
        process.OutputDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        using var client = new HttpClient();
        while (true)
        {
            try
            {
                if ((await client.GetAsync(new Uri($"http://127.0.0.1:{http}/healthz/ready"))).IsSuccessStatusCode)
                {
                    break;
                }
            }
            catch (HttpRequestException)
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException("The hub ended at its start.");
                }
            }

            await Task.Delay(20);
        }

        return (new BenchmarkServer(process, folder, grpc, data is null), Stopwatch.GetElapsedTime(started));
    }

    /// <summary>A connection of its own that carries an agency's token.</summary>
    public CallInvoker Connect(string agency)
    {
        var token = "Bearer " + File.ReadAllText(Path.Combine(Data, "tokens", agency + ".jwt"));
        return GrpcChannel.ForAddress(Address).Intercept(metadata =>
        {
            metadata.Add("authorization", token);
            return metadata;
        });
    }

    /// <summary>A connection of its own without a token.</summary>
    public CallInvoker ConnectOpenly() => GrpcChannel.ForAddress(Address).CreateCallInvoker();

    /// <summary>Stops the process and keeps the data.</summary>
    public async Task StopAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Asks the process to stop, and waits.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"])!;
        await process.WaitForExitAsync();
    }

    /// <summary>Forgets a process that has ended.</summary>
    public void Dispose() => process.Dispose();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await StopAsync();
        }

        process.Dispose();
        if (ownsData)
        {
            Directory.Delete(Data, recursive: true);
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class EchoImplementation : EchoService.EchoServiceBase
    {
        private static readonly Task<EchoResponse> Nothing = Task.FromResult(new EchoResponse());

        public override Task<EchoResponse> Echo(EchoRequest request, ServerCallContext context) => Nothing;
    }
}
