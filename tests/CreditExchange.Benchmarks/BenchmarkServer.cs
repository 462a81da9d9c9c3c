using System.Diagnostics;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Hosting;
using CreditExchange.Ledger;
using CreditExchange.Lookup.Redis;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CreditExchange.Benchmarks;

/// <summary>The hub with an echo beside its services, as a process of its own.</summary>
internal sealed class BenchmarkServer : IAsyncDisposable, IDisposable
{
    private readonly Process process;
    private readonly int http;
    private readonly bool ownsData;

    private BenchmarkServer(Process process, string data, int port, int http, bool ownsData)
    {
        this.process = process;
        this.http = http;
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
            map: app =>
            {
                app.MapGrpcService<EchoImplementation>();
                app.MapPost("/bench/tier-names", (Delegate)TierNamesOfAsync);
                app.MapGet("/bench/memory", (Delegate)MemoryOf);
            });
        await HubHost.ServeUntilStopAsync(app);
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<(BenchmarkServer Server, TimeSpan ReadyAfter)> StartAsync(
        string? data = null, int sample = 0, bool noAccessLog = false, params string[] settings)
    {
        var (grpc, http) = (FreePort(), FreePort());
        var folder = data ?? Directory.CreateTempSubdirectory("bench-").FullName;
        var started = Stopwatch.GetTimestamp();
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList =
            {
                "server", "--environment=Development", $"--GrpcPort={grpc}", $"--HttpPort={http}", $"--Data={folder}",
                $"--SampleListings={sample}", "--Logging:LogLevel:Default=Warning", $"--NoAccessLog={noAccessLog}",
            },
            // It is killed at the end, and would leave its sockets for debuggers in the temporary folder.
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
            RedirectStandardOutput = true,
        };
        foreach (var setting in settings)
        {
            start.ArgumentList.Add(setting);
        }

        var process = Process.Start(start)!;
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

        return (new BenchmarkServer(process, folder, grpc, http, data is null), Stopwatch.GetElapsedTime(started));
    }

    /// <summary>What the Redis tier calls the values of subjects.</summary>
    public async Task<string[]> TierNamesAsync(IEnumerable<SubjectId> subjects)
    {
        using var client = new HttpClient();
        var body = string.Join('\n', subjects.Select(s => JsonFormatter.Default.Format(s)));
        var answer = await client.PostAsync(new Uri($"http://127.0.0.1:{http}/bench/tier-names"), new StringContent(body));
        return (await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).Split('\n');
    }

    /// <summary>What it has allocated since it began, in bytes, and how long collections have stopped it.</summary>
    public async Task<(long Allocated, TimeSpan Paused)> MemoryAsync()
    {
        using var client = new HttpClient();
        var parts = (await client.GetStringAsync(new Uri($"http://127.0.0.1:{http}/bench/memory"))).Split(' ');
        return (long.Parse(parts[0], null), TimeSpan.FromMicroseconds(long.Parse(parts[1], null)));
    }

    private static string MemoryOf() =>
        string.Create(null, $"{GC.GetTotalAllocatedBytes()} {(long)GC.GetTotalPauseDuration().TotalMicroseconds}");

    // In the server: only it has the keys.
    private static async Task<string> TierNamesOfAsync(HttpRequest request, ILedger ledger)
    {
        using var reader = new StreamReader(request.Body);
        var names = new TierKeys(ledger.LedgerId);
        return string.Join('\n', (await reader.ReadToEndAsync()).Split('\n').Select(line => names.Value(ledger.Keys.Subject.Compute(SubjectId.Parser.ParseJson(line)))));
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
