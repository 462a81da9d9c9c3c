using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Net;
using CreditExchange.AccessLog;
using CreditExchange.AccessLog.Reading;
using CreditExchange.AccessLog.Writing;
using CreditExchange.Domain.Recognition;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Agencies;
using CreditExchange.Hub.Catalogues;
using CreditExchange.Hub.FirstStart;
using CreditExchange.Hub.Edge;
using CreditExchange.Hub.Errors;
using CreditExchange.Hub.Keys;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Maintenance;
using CreditExchange.Hub.Metrics;
using CreditExchange.Hub.Misuse;
using CreditExchange.Hub.Nodes;
using CreditExchange.Hub.Recognition;
using CreditExchange.Hub.Recognition.Exchange;
using CreditExchange.Hub.Redis;
using CreditExchange.Hub.Registry;
using CreditExchange.Hub.Snapshots;
using CreditExchange.Hub.Standard;
using CreditExchange.Hub.Streams;
using CreditExchange.Hub.Streams.Consumers;
using CreditExchange.Hub.Streams.Inbound;
using CreditExchange.Hub.Terms;
using CreditExchange.Hub.Updates;
using CreditExchange.Hub.Views;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CreditExchange.Hub.Hosting;

/// <summary>Puts the hub together and starts it.</summary>
public static class HubHost
{
    /// <summary>Opens the ledger, fills the views and serves. What is returned is ready.</summary>
    /// <param name="args">Command line, as for any .NET host.</param>
    /// <param name="configure">For benchmarks and tests: more services and endpoints beside the hub's.</param>
    /// <param name="map">Maps them.</param>
    /// <exception cref="ConfigurationException">The configuration has faults.</exception>
    /// <exception cref="LedgerRefusedException">The store can't be opened.</exception>
    public static async Task<WebApplication> StartAsync(
        string[] args, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Services.TryAddSingleton(TimeProvider.System);
        configure?.Invoke(builder);
        var options = HubConfiguration.Read(builder.Configuration, builder.Environment);
        var isDevelopment = builder.Environment.IsDevelopment();
        Listen(builder, options);
        AddGrpc(builder.Services, options);
        AddAccess(builder.Services, options, isDevelopment);
        builder.Services.AddSingleton(options);
        AddMetrics(builder.Services, options);
        AddAccessLog(builder.Services, options);
        RedisServices.AddTier(builder.Services, options.Redis);
        if (options.Lookup.Mode == LookupMode.Edge)
        {
            EdgeServices.Add(builder.Services, options);
            return await StartEdgeAsync(builder.Build(), options, isDevelopment);
        }

        SqliteLedger? ledger = null;
        AddHub(builder.Services, options, () => ledger!);
        RedisServices.AddProjection(builder.Services, options.Redis);

        var app = builder.Build();
        try
        {
            // The store is opened before any part that reads it is made.
            ledger = await OpenLedgerAsync(app.Services, options, isDevelopment);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        _ = app.Services.GetRequiredService<StreamGauges>();
        _ = app.Services.GetRequiredService<ConsumerGauges>();
        _ = app.Services.GetRequiredService<ExchangeGauges>();
        Map(app, options, isDevelopment);
        map?.Invoke(app);
        await StartAsync(app, options, isDevelopment);
        return app;
    }

    /// <summary>Waits until the hub is asked to stop, and stops it: streams end, their callers read how, connections close.</summary>
    public static async Task ServeUntilStopAsync(WebApplication app)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var asking = app.Lifetime.ApplicationStopping.Register(asked.SetResult);
        await asked.Task;
        await app.Services.GetRequiredService<OpenStreams>().FarewellAsync();
        await app.StopAsync();
    }

    private static void Listen(WebApplicationBuilder builder, HubOptions options)
    {
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Thousands of streams on one connection are usual for a hub's callers.
            kestrel.Limits.Http2.MaxStreamsPerConnection = 2_000;
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
            var address = IPAddress.Parse(options.Address);
            kestrel.Listen(address, options.GrpcPort, o =>
            {
                o.Protocols = HttpProtocols.Http2;
                UseTls(o);
            });
            kestrel.Listen(address, options.HttpPort, o =>
            {
                o.Protocols = HttpProtocols.Http1;
                UseTls(o);
            });
        });

        void UseTls(ListenOptions o)
        {
            if (options.Tls.Certificate.Length > 0)
            {
                o.UseHttps(TlsCertificate.Load(options.Tls));
            }
        }
    }

    private static void AddGrpc(IServiceCollection services, HubOptions options)
    {
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MaxMessageBytes;
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.Interceptors.Add<AnswerRecorder>();
            grpc.CompressionProviders =
            [
                EmptySafeCompressionProvider.Gzip(CompressionLevel.Fastest),
                EmptySafeCompressionProvider.Deflate(CompressionLevel.Fastest),
            ];
        });
        services.Replace(ServiceDescriptor.Singleton(typeof(IServiceMethodProvider<>), typeof(StrictMethods<>)));
        services.AddSingleton<OpenStreams>();
        services.AddSingleton<ErrorInterceptor>();
        services.AddSingleton<AnswerRecorder>();
        services.AddSingleton(HealthBoard.AllOf(ContractServices.Names));
        services.AddSingleton(ContractServices.Index());
    }

    private static void AddAccess(IServiceCollection services, HubOptions options, bool isDevelopment)
    {
        services.AddSingleton(options.Auth);
        services.AddSingleton(options.Backup);
        services.AddSingleton(p => SigningKeys.Open(options.Auth, options.Data, isDevelopment, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<HttpClient>();
        services.AddSingleton<RightsView>();
        services.AddSingleton(options.RateLimits);
        services.AddSingleton<AgencyRates>();
        services.AddSingleton<KeySource>();
        services.AddSingleton<TokenValidator>();
    }

    private static async Task<SqliteLedger> OpenLedgerAsync(IServiceProvider services, HubOptions options, bool isDevelopment)
    {
        var wrapping = HubConfiguration.WrappingKeys(options);
        var storeOptions = new LedgerOptions
        {
            DataFolder = options.Data,
            WrappingKey = wrapping.Count > 0 ? wrapping[0] : null,
            PreviousWrappingKeys = [.. wrapping.Skip(1)],
            CreateWrappingKey = wrapping.Count == 0 && isDevelopment,
        };
        return await SqliteLedger.OpenAsync(
            storeOptions,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SqliteLedger>>(),
            CancellationToken.None);
    }

    private static void AddHub(IServiceCollection services, HubOptions options, Func<SqliteLedger> ledger)
    {
        // A caller who reads nothing must not hold up a stop until the orchestrator kills: it usually waits 30 seconds.
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(10));
        // A factory, so that the container disposes of it: the last of all, as the first made.
        services.AddSingleton<ILedger>(_ => ledger());
        services.AddSingleton(p =>
        {
            var opened = p.GetRequiredService<ILedger>();
            return new LookupView(p.GetRequiredService<TimeProvider>(), () => opened.Head);
        });
        services.AddSingleton(p => p.GetRequiredService<LookupView>().Codes);
        services.AddSingleton<LookupFeed>();
        services.AddSingleton<ILedgerView, RightsFeed>();
        services.AddSingleton<SubjectRefiler>();
        services.AddSingleton<KeyFeed>();
        services.AddSingleton<ILedgerView>(p => p.GetRequiredService<KeyFeed>());
        services.AddSingleton<SubjectKeyRotation>();
        services.AddSingleton<KeyWork>();
        services.AddHostedService(p => p.GetRequiredService<KeyWork>());
        services.AddSingleton<KeyService>();
        services.AddSingleton<TermQueue>();
        services.AddSingleton<ILedgerView>(p => p.GetRequiredService<TermQueue>());
        services.AddSingleton<ViewImage>();
        services.AddHostedService(p => p.GetRequiredService<ViewImage>());
        services.AddSingleton<LedgerFollower>();
        services.AddHostedService(p => p.GetRequiredService<LedgerFollower>());
        services.AddHostedService<TermEnds>();
        services.AddSingleton<OpenedEvents>();
        services.AddSingleton<SubjectTokens>();
        services.AddSingleton<RequestKeys>();
        services.AddSingleton<ListingIds>();
        services.AddSingleton<HubWriter>();
        services.AddSingleton<ListingWriter>();
        services.AddSingleton<ListingReader>();
        services.AddSingleton<ListingImport>();
        services.AddSingleton<LinkWriter>();
        services.AddSingleton<Freshness>();
        services.AddSingleton<MatterPolicies>();
        services.AddSingleton<HitParts>();
        services.AddSingleton<EventDelivery>();
        services.AddSingleton(p => new SnapshotFolder(Path.Combine(options.Data, "snapshots"), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(options.Snapshots);
        services.AddSingleton<SnapshotCutter>();
        services.AddHostedService(p => p.GetRequiredService<SnapshotCutter>());
        services.AddSingleton<SnapshotReader>();
        services.AddSingleton(options.Kafka);
        services.AddSingleton<AudienceEvents>();
        services.AddSingleton<StreamBook>();
        services.AddSingleton<StreamLookup>();
        services.AddSingleton<ContentKeys>();
        services.AddSingleton<ConsumerBook>();
        services.AddSingleton<Acknowledgements>();
        services.AddSingleton<ConsumerLookup>();
        services.AddSingleton<StreamGauges>();
        services.AddSingleton<ConsumerGauges>();
        if (options.Kafka.IsUsed)
        {
            services.AddHostedService<StreamRelays>();
        }

        services.AddSingleton<PartnerEvents>();
        services.AddSingleton<InboundStreams>();
        if (options.Kafka.Inbound.Count > 0)
        {
            services.AddHostedService(p => p.GetRequiredService<InboundStreams>());
        }

        AddRecognition(services, options);
        services.AddSingleton<FirstContent>();
        services.AddSingleton<RegistryService>();
        services.AddSingleton<LookupService>();
        services.AddSingleton<UpdateService>();
        services.AddSingleton<CatalogueService>();
        services.AddSingleton<AgencyService>();
        services.AddSingleton<AccessLogService>();
        services.AddSingleton<TokenService>();
        services.AddSingleton<HoldsView>();
        services.AddSingleton<ILedgerView>(p => p.GetRequiredService<HoldsView>());
        services.AddSingleton<ErasureWriter>();
        services.AddSingleton<MaintenanceService>();
        services.AddSingleton<HealthService>();
        services.AddSingleton<ReflectionService>();
        services.AddSingleton<ReflectionV1AlphaService>();
        services.AddSingleton<INodeHealth, FullHealth>();
        services.AddSingleton<IViewProgress, LedgerProgress>();
        services.AddSingleton<SubjectChecks, IndexChecks>();
        services.AddSingleton<NodeChanges>();
        services.AddSingleton<NodeService>();
    }

    private static void AddRecognition(IServiceCollection services, HubOptions options)
    {
        services.AddSingleton(p => ExchangeKey.Open(
            options.Recognition, options.Data, p.GetRequiredService<IHostEnvironment>().IsDevelopment(), p.GetRequiredService<ILedger>()));
        services.AddSingleton<AgreementsView>();
        services.AddSingleton<ILedgerView>(p => p.GetRequiredService<AgreementsView>());
        services.AddSingleton<AgreementWriter>();
        services.AddSingleton<FlagWriter>();
        services.AddSingleton<Provenances>();
        services.AddSingleton<RecognisedListings>();
        services.AddSingleton<RecognitionService>();
        AddExchange(services, options);
    }

    private static void AddExchange(IServiceCollection services, HubOptions options)
    {
        services.AddSingleton(options.Recognition);
        services.AddSingleton<PartnerKeyVersions>();
        services.AddSingleton<ILedgerView>(p => p.GetRequiredService<PartnerKeyVersions>());
        services.AddSingleton<PartnerKeyRotation>();
        services.AddHostedService(p => p.GetRequiredService<PartnerKeyRotation>());
        services.AddSingleton<TokenKeys>();
        services.AddSingleton<PartnerTokens>();
        services.AddSingleton<PartnerBook>();
        services.AddSingleton<IPartnerAges>(p => p.GetRequiredService<PartnerBook>());
        services.AddSingleton<OutgoingEvents>();
        services.AddSingleton<IncomingEvents>();
        services.AddSingleton<ForkBook>();
        services.AddSingleton<HeardCheckpoints>();
        services.AddSingleton<OwnCheckpoints>();
        services.AddHostedService(p => p.GetRequiredService<OwnCheckpoints>());
        services.AddSingleton<SessionParts>();
        services.AddSingleton<ExchangeSession>();
        services.AddSingleton<PartnersReport>();
        services.AddSingleton<ExchangeCalls>();
        services.AddSingleton<ExchangeGauges>();
        services.AddSingleton<PartnerDialler>();
        services.AddHostedService(p => p.GetRequiredService<PartnerDialler>());
    }

    private static void AddMetrics(IServiceCollection services, HubOptions options)
    {
        services.AddMetrics();
        services.AddSingleton<CallMetrics>();
        services.AddSingleton(p => new CheckCounts(p.GetRequiredService<IMeterFactory>(), options.Lookup.Mode == LookupMode.Edge ? "edge" : "index"));
        services.AddSingleton<HubGauges>();
        services.AddSingleton<AccessLogGauges>();
        services.AddSingleton<PrometheusText>();
        services.AddHostedService(_ => new OtlpExport(options.Otlp, options.Node));
        services.AddSingleton<Readiness>();
    }

    private static void AddAccessLog(IServiceCollection services, HubOptions options)
    {
        services.AddSingleton(new AccessLogOptions
        {
            Folder = Path.Combine(options.Data, "access-log"),
            Node = options.Node,
            SegmentBytes = (long)options.AccessLog.SegmentMegabytes << 20,
            SyncInterval = options.AccessLog.SyncInterval,
        });
        services.AddSingleton(p => AccessLogWriter.Open(
            p.GetRequiredService<AccessLogOptions>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<AccessLogWriter>>()));
        services.AddSingleton(p => new AccessLogIndex(p.GetRequiredService<AccessLogOptions>().Folder));
        services.TryAddSingleton<AccessLogSwitch>();
        services.AddSingleton<RequestNames>();
        services.AddSingleton<RequestIdText>();
        services.AddSingleton<AccessRecords>();
        services.AddSingleton<RepeatedChecks>();
        services.AddSingleton<CheckRecords>();
        services.AddSingleton<PersonPrints>();
        services.AddSingleton<MisuseAlarms>();
        services.AddSingleton<MisuseWatch>();
    }

    // What an edge node needs to know is read before it serves.
    private static async Task<WebApplication> StartEdgeAsync(WebApplication app, HubOptions options, bool isDevelopment)
    {
        try
        {
            await app.Services.GetRequiredService<UpstreamFollower>().LoadAsync(CancellationToken.None);
            UseMiddleware(app);
            app.UseMiddleware<EdgeOnly>();
            app.MapGrpcService<LookupService>();
            MapRest(app, options, isDevelopment);
            MakeGauges(app.Services);
            ReadAccessLog(app.Services);
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        app.Services.GetRequiredService<Readiness>().Start();
        HostLog.Serving(app.Logger, string.Join(' ', app.Urls), app.Services.GetRequiredService<ILedger>().LedgerId);
        return app;
    }

    private static void UseMiddleware(WebApplication app)
    {
        app.UseRouting();
        app.UseMiddleware<CallMetricsMiddleware>();
        app.UseMiddleware<CallTraceMiddleware>();
        app.UseMiddleware<AccessMiddleware>();
        app.UseMiddleware<StatusDetails>();
    }

    private static void Map(WebApplication app, HubOptions options, bool isDevelopment)
    {
        UseMiddleware(app);
        app.MapGrpcService<RegistryService>();
        app.MapGrpcService<LookupService>();
        app.MapGrpcService<UpdateService>();
        app.MapGrpcService<CatalogueService>();
        app.MapGrpcService<AgencyService>();
        app.MapGrpcService<TokenService>();
        app.MapGrpcService<KeyService>();
        app.MapGrpcService<MaintenanceService>();
        app.MapGrpcService<AccessLogService>();
        app.MapGrpcService<RecognitionService>();
        app.MapGrpcService<NodeService>();
        MapRest(app, options, isDevelopment);
    }

    private static void MapRest(WebApplication app, HubOptions options, bool isDevelopment)
    {
        app.MapGrpcService<HealthService>();
        if (options.Reflection ?? isDevelopment)
        {
            app.MapGrpcService<ReflectionService>();
            app.MapGrpcService<ReflectionV1AlphaService>();
        }

        HttpEndpoints.Map(app);
    }

    private static async Task StartAsync(WebApplication app, HubOptions options, bool isDevelopment)
    {
        var services = app.Services;
        MakeGauges(services);
        var signing = services.GetRequiredService<SigningKey>();
        _ = services.GetRequiredService<ExchangeKey>();
        // What the log says of today and the views don't need each other, and both are read before the first call comes in.
        await Task.WhenAll(Task.Run(() => ReadAccessLog(services)), services.GetRequiredService<LedgerFollower>().LoadAsync());
        await app.StartAsync();
        await services.GetRequiredService<FirstContent>().FillAsync(
            isDevelopment, options.SampleListings, app.Lifetime.ApplicationStopping);
        if (isDevelopment && signing.Issuer is not null)
        {
            DemonstrationTokens.Write(options.Data, signing.Issuer, options.Kafka.IsUsed);
        }

        Traps.Reach("first.before-ready");
        services.GetRequiredService<Readiness>().Start();
        HostLog.Serving(app.Logger, string.Join(' ', app.Urls), services.GetRequiredService<ILedger>().LedgerId);
    }

    // What counts over a restart.
    private static void ReadAccessLog(IServiceProvider services)
    {
        services.GetRequiredService<MisuseWatch>().Load();
        var recent = services.GetRequiredService<TimeProvider>().GetUtcNow() - RepeatedChecks.Kept;
        services.GetRequiredService<RepeatedChecks>().Load(NamedChecks.Read(services.GetRequiredService<AccessLogOptions>().Folder, recent));
    }

    private static void MakeGauges(IServiceProvider services)
    {
        _ = services.GetRequiredService<PrometheusText>();
        _ = services.GetRequiredService<HubGauges>();
        _ = services.GetRequiredService<AccessLogGauges>();
        _ = services.GetRequiredService<RedisGauges>();
    }
}

internal static partial class HostLog
{
    [LoggerMessage(1000, LogLevel.Information, "CreditExchange serves at {Urls}, ledger '{LedgerId}'.", EventName = "Serving")]
    public static partial void Serving(ILogger logger, string urls, string ledgerId);
}
