using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace CreditExchange.TestKit;

/// <summary>The real hub as a process of its own: it can be killed, asked to stop, and started again on the same data.</summary>
public sealed partial class HubProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentDictionary<string, GrpcChannel> channels = new();
    private readonly TaskCompletionSource<Match> serving = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HubProcess(Process process, string data)
    {
        this.process = process;
        Data = data;
    }

    /// <summary>The data folder; the test removes it.</summary>
    public string Data { get; }

    /// <summary>The folder with the demonstration agencies' tokens; another hub's for a node that makes none.</summary>
    public string Tokens
    {
        get => field.Length > 0 ? field : Path.Combine(Data, "tokens");
        set;
    } = "";

    /// <summary>All lines that the process wrote, both streams.</summary>
    public ConcurrentQueue<string> Output { get; } = new();

    /// <summary>The process's id.</summary>
    public int Id => process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Address of gRPC.</summary>
    public string GrpcAddress { get; private set; } = "";

    /// <summary>Address of health and metrics.</summary>
    public string HttpAddress { get; private set; } = "";

    /// <summary>Starts a hub and waits until it is ready.</summary>
    /// <param name="data">Its data folder.</param>
    /// <param name="settings">Further settings "--Key=value", or "NAME=value" for variables of the environment.</param>
    /// <exception cref="InvalidOperationException">It ended before it served; tells what it wrote.</exception>
    public static Task<HubProcess> StartAsync(string data, params string[] settings) => StartBuildAsync(HubProgram.File, data, settings);

    /// <summary>The same with another build of the hub.</summary>
    /// <param name="program">Its CreditExchange.Hub.dll.</param>
    /// <param name="data">Its data folder.</param>
    /// <param name="settings">Further settings, as for <see cref="StartAsync"/>.</param>
    /// <exception cref="InvalidOperationException">It ended before it served; tells what it wrote.</exception>
    public static async Task<HubProcess> StartBuildAsync(string program, string data, params string[] settings)
    {
        var hub = Launch(program, data, settings);
        return await hub.ServesAsync()
            ? hub
            : throw new InvalidOperationException($"The hub ended with {hub.process.ExitCode}:\n{string.Join('\n', hub.Output)}");
    }

    /// <summary>Starts the test build of the hub, which dies at a named step; it may do so before it serves.</summary>
    /// <param name="program">Its CreditExchange.Hub.dll.</param>
    /// <param name="trap">NAME:N, the Nth time that the step is reached.</param>
    /// <param name="data">Its data folder.</param>
    /// <param name="settings">Further settings, as for <see cref="StartAsync"/>.</param>
    /// <returns>The hub, and whether it was ready before it died.</returns>
    public static async Task<(HubProcess Hub, bool Serves)> StartTrappedAsync(string program, string trap, string data, params string[] settings)
    {
        var hub = Launch(program, data, [.. settings, $"CREDITEXCHANGE_TRAP={trap}"]);
        try
        {
            return (hub, await hub.ServesAsync());
        }
        catch (Exception gone) when (gone is HttpRequestException or System.Net.Sockets.SocketException)
        {
            // It died while it was asked whether it is ready; between connecting and the first byte .NET tells the bare socket's error.
            return (hub, false);
        }
    }

    private async Task<bool> ServesAsync()
    {
        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(serving.Task, ended) == ended)
        {
            return false;
        }

        var urls = await serving.Task;
        GrpcAddress = urls.Groups[1].Value;
        HttpAddress = urls.Groups[2].Value;
        using var http = new HttpClient();
        while ((await http.GetAsync(new Uri(HttpAddress + "/healthz/ready"))).StatusCode != System.Net.HttpStatusCode.OK)
        {
            await Task.Yield();
        }

        return true;
    }

    /// <summary>Runs a hub that is expected to refuse its start: exit code and everything it wrote.</summary>
    public static async Task<(int ExitCode, string Output)> RunToExitAsync(string data, params string[] settings)
    {
        await using var hub = Launch(HubProgram.File, data, settings);
        await hub.process.WaitForExitAsync();
        return (hub.process.ExitCode, string.Join('\n', hub.Output));
    }

    /// <summary>kill -9, by its id.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        DropChannels();
    }

    /// <summary>SIGTERM, by its id.</summary>
    public void Terminate() => Signal("-TERM");

    /// <summary>SIGSTOP: connections stand, nothing answers, no clock is read.</summary>
    public void HoldStill() => Signal("-STOP");

    /// <summary>SIGCONT.</summary>
    public void GoOn() => Signal("-CONT");

    /// <summary>Waits for the end of the process.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan atMost)
    {
        using var limit = new CancellationTokenSource(atMost);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    /// <summary>Asks it to stop and waits.</summary>
    public async Task StopAsync()
    {
        DropChannels();
        Terminate();
        await process.WaitForExitAsync();
    }

    /// <summary>A new connection of its own.</summary>
    public GrpcChannel Connect() => GrpcChannel.ForAddress(GrpcAddress, new GrpcChannelOptions
    {
        MaxReceiveMessageSize = 64 * 1024 * 1024,
    });

    /// <summary>Calls with an agency's demonstration token, on a connection that the agency keeps or on a given one.</summary>
    public CallInvoker As(string agency, GrpcChannel? channel = null)
    {
        var token = File.ReadAllText(Path.Combine(Tokens, $"{agency}.jwt"));
        return (channel ?? channels.GetOrAdd(agency, _ => Connect())).Intercept(metadata =>
        {
            metadata.Add("authorization", $"Bearer {token}");
            return metadata;
        });
    }

    /// <summary>The registry as an agency.</summary>
    public RegistryService.RegistryServiceClient Registry(string agency) => new(As(agency));

    /// <summary>Lookups as an agency.</summary>
    public LookupService.LookupServiceClient Lookup(string agency) => new(As(agency));

    /// <summary>Updates as an agency.</summary>
    public ListUpdateService.ListUpdateServiceClient Updates(string agency) => new(As(agency));

    /// <summary>The text of GET /metrics.</summary>
    public async Task<string> MetricsAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(HttpAddress + "/metrics"));
    }

    /// <summary>The sum of all series of a metric whose line begins so.</summary>
    public async Task<double> MetricAsync(string prefix)
    {
        var lines = (await MetricsAsync()).Split('\n').Where(l => l.StartsWith(prefix, StringComparison.Ordinal));
        return lines.Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        DropChannels();
        process.Dispose();
    }

    private static HubProcess Launch(string program, string data, string[] settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string[] arguments =
        [
            program,
            "--environment=Development", "--GrpcPort=0", "--HttpPort=0", $"--Data={data}", "--SampleListings=0",
            "--AccessLog:SegmentMegabytes=4",
            .. settings.Where(s => s.StartsWith('-')),
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // A killed runtime would leave its sockets for debuggers in the temporary folder.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var variable in settings.Where(s => !s.StartsWith('-')).Select(s => s.Split('=', 2)))
        {
            start.Environment[variable[0]] = variable[1];
        }

        var hub = new HubProcess(new Process { StartInfo = start }, data);
        hub.process.OutputDataReceived += (_, e) => hub.Read(e.Data);
        hub.process.ErrorDataReceived += (_, e) => hub.Read(e.Data);
        hub.process.Start();
        hub.process.BeginOutputReadLine();
        hub.process.BeginErrorReadLine();
        return hub;
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        Output.Enqueue(line);
        if (ServesAt().Match(line) is { Success: true } match)
        {
            serving.TrySetResult(match);
        }
    }

    /// <summary>Ends the connections, and with them the calls on them.</summary>
    public void DropChannels()
    {
        foreach (var channel in channels.Values)
        {
            channel.Dispose();
        }

        channels.Clear();
    }

    [GeneratedRegex(@"CreditExchange serves at (\S+) ([^\s,]+),")]
    private static partial Regex ServesAt();
}
