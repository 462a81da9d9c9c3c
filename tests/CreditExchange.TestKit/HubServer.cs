using System.Collections.Concurrent;
using CreditExchange.Hub.Hosting;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CreditExchange.TestKit;

/// <summary>The real hub inside the test's process, on free loopback ports, with a data folder of its own.</summary>
public sealed class HubServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, GrpcChannel> channels = new();
    private WebApplication app = null!;
    private int stopped;

    private HubServer(string data) => Data = data;

    /// <summary>The data folder.</summary>
    public string Data { get; }

    /// <summary>The folder with the demonstration agencies' tokens; another hub's for a node that makes none.</summary>
    public string Tokens
    {
        get => field.Length > 0 ? field : Path.Combine(Data, "tokens");
        set;
    } = "";

    /// <summary>Everything the hub logged at Warning and above; a test looks at what it must not contain.</summary>
    public ConcurrentQueue<string> Warnings { get; } = new();

    /// <summary>Everything the hub logged.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>Address of gRPC.</summary>
    public string GrpcAddress { get; private set; } = "";

    /// <summary>Address of health and metrics.</summary>
    public string HttpAddress { get; private set; } = "";

    /// <summary>The hub's parts.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>Starts a hub.</summary>
    /// <param name="data">Its data folder; null: a new one, removed at the end.</param>
    /// <param name="time">Its clock; null: the machine's.</param>
    /// <param name="settings">Further settings, "Key=value".</param>
    public static Task<HubServer> StartAsync(string? data = null, TimeProvider? time = null, params string[] settings) =>
        StartWithAsync(_ => { }, data, time, settings);

    /// <summary>Starts a hub with parts of the test's own beside the hub's.</summary>
    /// <param name="configure">Adds them, before the hub adds its own.</param>
    /// <param name="data">Its data folder; null: a new one, removed at the end.</param>
    /// <param name="time">Its clock; null: the machine's.</param>
    /// <param name="settings">Further settings, "Key=value".</param>
    public static async Task<HubServer> StartWithAsync(
        Action<WebApplicationBuilder> configure, string? data = null, TimeProvider? time = null, params string[] settings)
    {
        var server = new HubServer(data ?? Directory.CreateTempSubdirectory("hub-").FullName);
        string[] args =
        [
            "--environment=Development", "--GrpcPort=0", "--HttpPort=0", $"--Data={server.Data}", "--SampleListings=0",
            "--AccessLog:SegmentMegabytes=4",
            .. settings.Select(s => "--" + s),
        ];
        try
        {
            server.app = await HubHost.StartAsync(args, builder =>
            {
                builder.Logging.ClearProviders();
                builder.Logging.AddProvider(new QueueLogger(server));
                if (time is not null)
                {
                    builder.Services.AddSingleton(time);
                }

                configure(builder);
            });
        }
        catch when (data is null)
        {
            Directory.Delete(server.Data, recursive: true);
            throw;
        }

        server.GrpcAddress = server.app.Urls.First();
        server.HttpAddress = server.app.Urls.Last();
        return server;
    }

    /// <summary>A channel that carries an agency's demonstration token; empty: none.</summary>
    public CallInvoker As(string agency)
    {
        var channel = channels.GetOrAdd(agency, _ => GrpcChannel.ForAddress(GrpcAddress, new GrpcChannelOptions
        {
            MaxReceiveMessageSize = 64 * 1024 * 1024,
            MaxSendMessageSize = 256 * 1024 * 1024,
        }));
        return agency.Length == 0 ? channel.CreateCallInvoker() : WithToken(channel, TokenOf(agency));
    }

    /// <summary>A channel that carries any token.</summary>
    public CallInvoker WithToken(string token) => WithToken(channels.GetOrAdd("", _ => GrpcChannel.ForAddress(GrpcAddress)), token);

    /// <summary>The demonstration token of an agency.</summary>
    public string TokenOf(string agency) => File.ReadAllText(Path.Combine(Tokens, $"{agency}.jwt"));

    /// <summary>The registry as an agency.</summary>
    public RegistryService.RegistryServiceClient Registry(string agency) => new(As(agency));

    /// <summary>Lookups as an agency.</summary>
    public LookupService.LookupServiceClient Lookup(string agency) => new(As(agency));

    /// <summary>Updates as an agency.</summary>
    public ListUpdateService.ListUpdateServiceClient Updates(string agency) => new(As(agency));

    /// <summary>Tells the hub to stop and doesn't wait for it.</summary>
    public void RequestStop() => app.Lifetime.StopApplication();

    /// <summary>Stops the hub and keeps its data; a second time does nothing.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref stopped, 1) != 0)
        {
            return;
        }

        foreach (var channel in channels.Values)
        {
            channel.Dispose();
        }

        channels.Clear();
        await app.StopAsync();
        await app.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Data, recursive: true);
    }

    private static CallInvoker WithToken(GrpcChannel channel, string token) =>
        channel.Intercept(metadata =>
        {
            metadata.Add("authorization", $"Bearer {token}");
            return metadata;
        });

    private sealed class QueueLogger(HubServer server) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = $"{logLevel} {eventId.Name} {formatter(state, exception)} {exception}";
            server.Log.Enqueue(line);
            if (logLevel >= LogLevel.Warning)
            {
                server.Warnings.Enqueue(line);
            }
        }

        public void Dispose()
        {
        }
    }
}
