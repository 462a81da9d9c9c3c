using System.Collections.Concurrent;
using System.Net;
using CreditExchange.Client;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Known = CreditExchange.Domain.Samples.Personas;

namespace CreditExchange.Cli.Tests;

public sealed class ClientPolicyTests
{
    private static readonly CheckSubjectRequest Check = new()
    {
        Subject = Known.Of("clean").Ids[0].Id,
        Matter = Known.Matters[0],
        Purpose = "CASE-1",
    };

    [Fact]
    public async Task A_check_that_stalls_is_sent_again_under_the_same_request_id_and_answered()
    {
        await using var hub = await HubServer.StartAsync();
        using var way = new Way(stalled: 1);
        using var channel = Connect(hub, "hainan-approval", way);
        var answer = await channel.Lookup.CheckSubjectAsync(Check);
        Assert.Equal(Verdict.Clear, answer.Verdict);
        var sent = way.Sent.Select(CheckSubjectRequest.Parser.ParseFrom).ToList();
        Assert.True(sent.Count >= 2);
        Assert.Single(sent.Select(s => s.RequestId).Distinct());
        Assert.Matches("^[0-9a-f]{32}$", sent[0].RequestId);
        // The caller's own message is left alone.
        Assert.Empty(Check.RequestId);
    }

    [Fact]
    public async Task A_check_under_an_id_of_the_callers_keeps_it()
    {
        await using var hub = await HubServer.StartAsync();
        using var way = new Way();
        using var channel = Connect(hub, "hainan-approval", way);
        var own = Check.Clone();
        own.RequestId = "till-7-order-1";
        await channel.Lookup.CheckSubjectAsync(own);
        Assert.All(way.Sent, s => Assert.Equal("till-7-order-1", CheckSubjectRequest.Parser.ParseFrom(s).RequestId));
    }

    [Fact]
    public async Task A_write_is_sent_again_when_the_hub_is_unavailable_and_counts_once()
    {
        await using var hub = await HubServer.StartAsync();
        using var way = new Way(unavailable: 2);
        var listed = Known.Of("listed").Steps[0];
        using var channel = Connect(hub, listed.Agency, way);
        var answer = await channel.Registry.PublishListingAsync((PublishListingRequest)listed.Request);
        Assert.Equal(3, way.Sent.Count);
        Assert.Equal(1, answer.Listing.Revision);
    }

    [Fact]
    public async Task With_one_attempt_everything_is_sent_once()
    {
        await using var hub = await HubServer.StartAsync();
        using var way = new Way(unavailable: 1);
        using var channel = Connect(hub, "hainan-approval", way, attempts: 1);
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await channel.Lookup.CheckSubjectAsync(Check));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Single(way.Sent);
    }

    [Fact]
    public async Task A_refusal_is_not_sent_again()
    {
        await using var hub = await HubServer.StartAsync();
        using var way = new Way();
        using var channel = Connect(hub, "hainan-approval", way);
        await Assert.ThrowsAsync<RpcException>(async () => await channel.Registry.PublishListingAsync(new PublishListingRequest { RequestId = "x" }));
        Assert.Single(way.Sent);
    }

    [Fact]
    public async Task Services_share_one_channel_that_closes_with_them()
    {
        await using var hub = await HubServer.StartAsync();
        var services = new ServiceCollection();
        services.AddCreditExchangeClient(_ => Options(hub, "hainan-approval", null, 3));
        LookupService.LookupServiceClient lookup;
        await using (var provider = services.BuildServiceProvider())
        {
            lookup = provider.GetRequiredService<LookupService.LookupServiceClient>();
            Assert.Same(lookup, provider.GetRequiredService<CreditExchangeChannel>().Lookup);
            Assert.NotNull(provider.GetRequiredService<RegistryService.RegistryServiceClient>());
            Assert.NotNull(provider.GetRequiredService<ListUpdateService.ListUpdateServiceClient>());
            Assert.NotNull(provider.GetRequiredService<CatalogueService.CatalogueServiceClient>());
            Assert.Equal(Verdict.Clear, (await lookup.CheckSubjectAsync(Check)).Verdict);
        }

        await Assert.ThrowsAnyAsync<Exception>(async () => await lookup.CheckSubjectAsync(Check));
    }

    private static CreditExchangeChannel Connect(HubServer hub, string agency, Way way, int attempts = 3) =>
        new(Options(hub, agency, way, attempts));

    private static CreditExchangeOptions Options(HubServer hub, string agency, Way? way, int attempts) => new()
    {
        Address = new Uri(hub.GrpcAddress),
        Token = TokenFile.Source(Path.Combine(hub.Data, "tokens", agency + ".jwt")),
        Deadline = TimeSpan.FromMinutes(1),
        Attempts = attempts,
        Handler = way,
    };

    /// <summary>The way to the hub: the first calls stall until they are given up, or find it unavailable.</summary>
    private sealed class Way(int stalled = 0, int unavailable = 0) : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _calls;

        /// <summary>The messages, without gRPC's five bytes ahead.</summary>
        public ConcurrentQueue<byte[]> Sent { get; } = new();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
        {
            var call = Interlocked.Increment(ref _calls);
            var body = await request.Content!.ReadAsByteArrayAsync(cancel);
            Sent.Enqueue(body[5..]);
            if (call <= stalled)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            }

            if (call > unavailable)
            {
                return await base.SendAsync(request, cancel);
            }

            var answer = new HttpResponseMessage(HttpStatusCode.OK)
            {
                Version = HttpVersion.Version20,
                RequestMessage = request,
                Content = new ByteArrayContent([]),
            };
            answer.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
            answer.Headers.TryAddWithoutValidation("grpc-status", "14");
            return answer;
        }
    }
}
