using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CreditExchange.Domain.Recognition;
using CreditExchange.Hub.Tests.Kills;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Recognition.Exchange;

/// <summary>kill -9 of either hub while both list and exchange: each listing is recognised at the other, once.</summary>
public sealed class ExchangeKillTests
{
    [Fact]
    public Task Five_kills_of_either_side_lose_and_double_nothing() => RunAsync(5, 20_261_122);

    [SoakFact]
    [Trait("Category", "Soak")]
    public Task Thirty_kills_of_either_side_lose_and_double_nothing() => RunAsync(30, 3);

    [Theory]
    [InlineData("exchange.after-events", 2)]
    [InlineData("exchange.after-progress", 3)]
    public async Task A_kill_of_the_receiver_at_a_step_loses_and_doubles_nothing(string step, int count)
    {
        var root = Directory.CreateTempSubdirectory("hub-exchange-").FullName;
        try
        {
            var (hainan, guangdong) = Sides(root);
            await hainan.StartAsync();
            var (before, after) = (20, int.MaxValue);
            using var enough = new CancellationTokenSource();
            await hainan.LoadAsync(() => Stop(ref before, enough), enough.Token);
            await guangdong.StartTrappedAsync(string.Create(CultureInfo.InvariantCulture, $"{step}:{count}"));
            await AgreeAsync(hainan, guangdong);
            using var over = new CancellationTokenSource();
            var load = hainan.LoadAsync(() => Stop(ref after, over), over.Token);
            Assert.Equal(137, await guangdong.Hub.WaitForExitAsync(TimeSpan.FromMinutes(1)));
            await over.CancelAsync();
            await load;
            await guangdong.Hub.DisposeAsync();
            await guangdong.StartAsync();
            await AllConfirmedAsync(hainan);
            await hainan.Hub.StopAsync();
            await guangdong.Hub.StopAsync();
            await using var sender = await Neighbours.StartAsync("460000", hainan.Data);
            await using var receiver = await Neighbours.StartAsync("440000", guangdong.Data);
            await AssertSameAsync(receiver, sender, hainan.Acknowledged);
            await sender.StopAsync();
            await receiver.StopAsync();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static void Stop(ref int left, CancellationTokenSource over)
    {
        if (Interlocked.Decrement(ref left) == 0)
        {
            over.Cancel();
        }
    }

    // Guangdong calls Hainan, whose port stays the same over its starts.
    private static (Side Hainan, Side Guangdong) Sides(string root)
    {
        var port = FreePort();
        Side hainan = new(Path.Combine(root, "hainan"), "460000", "440000", 10_000);
        Side guangdong = new(Path.Combine(root, "guangdong"), "440000", "460000", 20_000);
        hainan.Settings = [$"--GrpcPort={port}", .. Neighbours.Settings("460000").Select(s => "--" + s)];
        guangdong.Settings =
        [
            .. Neighbours.Settings("440000", ("460000", $"http://127.0.0.1:{port}", Neighbours.TokenFileAt(Path.Combine(hainan.Data, "tokens"), "440000")))
                .Select(s => "--" + s),
        ];
        return (hainan, guangdong);
    }

    private static async Task RunAsync(int rounds, int seed)
    {
        var random = new Random(seed);
        var root = Directory.CreateTempSubdirectory("hub-exchange-").FullName;
        try
        {
            var (hainan, guangdong) = Sides(root);
            await hainan.StartAsync();
            await guangdong.StartAsync();
            await AgreeAsync(hainan, guangdong);
            for (var round = 0; round < rounds; round++)
            {
                using var over = new CancellationTokenSource();
                var left = random.Next(20, 120);
                var enough = new TaskCompletionSource();
                var loads = new[] { hainan, guangdong }.Select(s => s.LoadAsync(() =>
                {
                    if (Interlocked.Decrement(ref left) == 0)
                    {
                        enough.SetResult();
                    }
                }, over.Token)).ToList();
                await enough.Task;
                var victim = round % 2 == 0 ? hainan : guangdong;
                await victim.Hub.KillAsync();
                await over.CancelAsync();
                await Task.WhenAll(loads);
                await victim.Hub.DisposeAsync();
                await victim.StartAsync();
            }

            await AllConfirmedAsync(hainan);
            await AllConfirmedAsync(guangdong);
            Assert.Equal((0L, 0L), (await RefusedAsync(hainan), await RefusedAsync(guangdong)));
            await hainan.Hub.StopAsync();
            await guangdong.Hub.StopAsync();
            await using var one = await Neighbours.StartAsync("460000", hainan.Data);
            await using var other = await Neighbours.StartAsync("440000", guangdong.Data);
            await AssertSameAsync(one, other, guangdong.Acknowledged);
            await AssertSameAsync(other, one, hainan.Acknowledged);
            await one.StopAsync();
            await other.StopAsync();
        }
        finally
        {
            if (Directory.Exists(root))
            {
                Directory.Delete(root, recursive: true);
            }
        }
    }

    private static async Task AssertSameAsync(HubServer receiver, HubServer sender, ConcurrentBag<SubjectId> acknowledged)
    {
        Assert.NotEmpty(acknowledged);
        var own = new List<string>();
        var recognised = new List<string>();
        for (long next = 1; sender.Ledger().Read(next, 1_000) is { Count: > 0 } page; next = page[^1].Position + 1)
        {
            own.AddRange(page.Select(e => sender.Ledger().OpenPart(e).Listing).Where(l => l?.Origin is { Agreement: "" }).Select(l => l.ListingId));
        }

        for (long next = 1; receiver.Ledger().Read(next, 1_000) is { Count: > 0 } page; next = page[^1].Position + 1)
        {
            recognised.AddRange(page.Select(e => receiver.Ledger().OpenPart(e).Listing?.Origin).Where(o => o?.Agreement.Length > 0).Select(o => o!.ListingId));
        }

        Assert.Equal(own.Order(StringComparer.Ordinal), recognised.Order(StringComparer.Ordinal));
        foreach (var subject in acknowledged.Take(50))
        {
            Assert.Equal(Verdict.Restricted, (await receiver.CheckNowAsync(subject)).Verdict);
        }
    }

    private static async Task AgreeAsync(Side hainan, Side guangdong)
    {
        var (one, other) = (hainan.Recognition, guangdong.Recognition);
        var terms = DemonstrationAgreements.Terms(
            Provinces.GdHi, (await one.DescribePartyAsync(new DescribePartyRequest())).Party, (await other.DescribePartyAsync(new DescribePartyRequest())).Party);
        var proposed = await one.ProposeAgreementAsync(new ProposeAgreementRequest { RequestId = "p", Terms = terms });
        var both = await other.CountersignAgreementAsync(new CountersignAgreementRequest { RequestId = "c", Signed = proposed.Status.Agreement.Signed });
        await one.CountersignAgreementAsync(new CountersignAgreementRequest { RequestId = "c", Signed = both.Status.Agreement.Signed });
    }

    private static async Task AllConfirmedAsync(Side side)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (await PartnerAsync(side) is not { Lag: 0, State: PartnerState.Connected })
        {
            await Task.Delay(50, limit.Token);
        }
    }

    private static async Task<long> RefusedAsync(Side side) => (await PartnerAsync(side)).RefusedCount;

    private static async Task<V1.Partner> PartnerAsync(Side side) => (await side.Recognition.ListPartnersAsync(new ListPartnersRequest())).Partners.Single();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Side(string data, string region, string other, int seed)
    {
        private int next = seed;

        public string Data { get; } = data;

        public string Other { get; } = other;

        public string[] Settings { get; set; } = [];

        public HubProcess Hub { get; private set; } = null!;

        public ConcurrentBag<SubjectId> Acknowledged { get; } = [];

        public V1.RecognitionService.RecognitionServiceClient Recognition => new(Hub.As("operator"));

        private string Court => $"court-{region}";

        public async Task StartAsync()
        {
            Hub = await HubProcess.StartAsync(Data, Settings);
            await PutCourtAsync();
        }

        /// <summary>Starts the build that dies at a step.</summary>
        public async Task StartTrappedAsync(string trap)
        {
            (Hub, var serves) = await HubProcess.StartTrappedAsync(TrapsBuild.Hub, trap, Data, Settings);
            Assert.True(serves, "It died before there was anything to exchange.");
            await PutCourtAsync();
        }

        private async Task PutCourtAsync()
        {
            var agencies = new AgencyService.AgencyServiceClient(Hub.As("security"));
            await agencies.PutAgencyAsync(new PutAgencyRequest { RequestId = "court", Agency = Neighbours.Court(region, Court), Reason = "test" });
            var token = new TestTokens(Data).Create(Court);
            await File.WriteAllTextAsync(Path.Combine(Data, "tokens", $"{Court}.jwt"), token);
        }

        public async Task LoadAsync(Action done, CancellationToken over)
        {
            var registry = Hub.Registry(Court);
            while (!over.IsCancellationRequested)
            {
                var number = Interlocked.Increment(ref next);
                var subject = number % 3 == 0 ? TestListings.Person(number) : TestListings.Company(number);
                try
                {
                    await registry.PublishListingAsync(new PublishListingRequest
                    {
                        RequestId = number.ToString(CultureInfo.InvariantCulture),
                        Listing = TestListings.Create(Provinces.Court, subject, $"ref-{number}"),
                    }, cancellationToken: CancellationToken.None);
                    Acknowledged.Add(subject);
                    done();
                }
                catch (Exception gone) when (gone is RpcException or ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}
