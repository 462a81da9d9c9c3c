using System.Collections.Concurrent;
using System.Net;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Cli.Tests;

/// <summary>A registry on a real Kestrel that keeps listings by request id, refuses some, and cuts streams.</summary>
internal sealed class FakeRegistry : RegistryService.RegistryServiceBase
{
    private int _streams;

    public ConcurrentDictionary<string, Listing> Kept { get; } = new();

    public ConcurrentQueue<string> Tokens { get; } = new();

    public int Streams => _streams;

    /// <summary>The first so many streams end after this many items are kept, the last of them unanswered.</summary>
    public int CutAfter { get; init; } = int.MaxValue;

    public int Cuts { get; init; }

    public bool RefuseAll { get; init; }

    public override async Task ImportListings(
        IAsyncStreamReader<ImportListingsRequest> requestStream, IServerStreamWriter<ImportListingsResponse> responseStream,
        ServerCallContext context)
    {
        var stream = Interlocked.Increment(ref _streams);
        Tokens.Enqueue(context.RequestHeaders.GetValue("authorization") ?? "");
        if (RefuseAll)
        {
            throw new RpcException(new Grpc.Core.Status(StatusCode.PermissionDenied, "no"));
        }

        var taken = 0;
        await foreach (var item in requestStream.ReadAllAsync())
        {
            if (item.Listing.SubjectName.StartsWith("bad", StringComparison.Ordinal))
            {
                await responseStream.WriteAsync(new ImportListingsResponse
                {
                    RequestId = item.RequestId,
                    Error = Refusal(item.Listing.Subject.Number),
                });
                continue;
            }

            var isNew = Kept.TryAdd(item.RequestId, item.Listing);
            if (++taken >= CutAfter && stream <= Cuts)
            {
                throw new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "cut"));
            }

            await responseStream.WriteAsync(new ImportListingsResponse
            {
                RequestId = item.RequestId,
                ListingId = "L",
                Position = Kept.Count,
                Replayed = !isNew,
            });
        }
    }

    private static Google.Rpc.Status Refusal(string number)
    {
        var status = new Google.Rpc.Status { Code = (int)StatusCode.InvalidArgument, Message = "bad " + number };
        status.Details.Add(Any.Pack(new ErrorInfo { Reason = "USCC_CHECK_DIGIT", Domain = "creditexchange" }));
        var request = new BadRequest();
        request.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = "listing.subject.number" });
        status.Details.Add(Any.Pack(request));
        return status;
    }
}

/// <summary>Serves a service on a free loopback port.</summary>
internal sealed class Served : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Served(WebApplication app) => _app = app;

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public static async Task<Served> StartAsync<TService>(TService service)
        where TService : class
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, static port => port.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(service);
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<TService>();
        await app.StartAsync();
        return new Served(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
