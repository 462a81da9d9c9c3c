using CreditExchange.Hub.Access;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Streams;

/// <summary>What Kafka's configuration adds to a hub: the agency that receives the stream, and metrics.</summary>
public sealed class PlatformTests
{

    [Fact]
    public async Task Where_Kafka_is_configured_a_development_hub_has_the_agency_that_receives_the_stream()
    {
        using var kafka = TestKafka.WithTopics(4);
        var plain = await HubServer.StartAsync(settings: "SampleListings=20");
        var head = HeadOf(plain);
        Assert.Null(plain.Services.GetRequiredService<RightsView>().Find("platform"));
        Assert.False(File.Exists(Path.Combine(plain.Data, "tokens", "platform.jwt")));
        await plain.StopAsync();

        // The same folder: what is missing is put in, and nothing else is.
        var hub = await HubServer.StartAsync(plain.Data, null, "SampleListings=30", $"Kafka:BootstrapServers={kafka.BootstrapServers}");
        Assert.Equal([EventKind.AgencyChanged], Since(hub, head));
        var agency = hub.Services.GetRequiredService<RightsView>().Find("platform")!;
        Assert.Equal(
            (AgencyKind.Credit, "460000", "海南省公共数据平台", "Hainan Public Data Platform", RecipientKind.Platform),
            (agency.Kind, agency.Region, agency.Name.Zh, agency.Name.En, agency.Rights.Recipient));
        Assert.Equal(["watch", "snapshot"], agency.Rights.Scopes);
        var stream = await hub.Updates("platform").DescribeStreamAsync(new DescribeStreamRequest());
        Assert.Equal(("platform", TestKafka.Events), (stream.Audience, stream.EventsTopic));
        await hub.StopAsync();

        await using var again = await HubServer.StartAsync(plain.Data, null, $"Kafka:BootstrapServers={kafka.BootstrapServers}");
        Assert.Equal([EventKind.AgencyChanged], Since(again, head));
    }

    [Fact]
    public async Task The_metrics_tell_how_far_each_audience_is()
    {
        using var kafka = TestKafka.WithTopics(4);
        await using var hub = await HubServer.StartAsync(null, null, "SampleListings=20", $"Kafka:BootstrapServers={kafka.BootstrapServers}");
        var head = HeadOf(hub);
        using var http = new HttpClient();
        string[] wanted =
        [
            $"creditexchange_stream_position{{audience=\"platform\"}} {head}\n",
            "creditexchange_stream_lag{audience=\"platform\"} 0\n",
            $"creditexchange_stream_events_total{{audience=\"platform\"}} {head}\n",
            "creditexchange_stream_interruptions_total{audience=\"platform\"} 0\n",
            "creditexchange_stream_state{audience=\"platform\",state=\"WORKING\"} 1\n",
            "creditexchange_stream_state{audience=\"platform\",state=\"REFUSED\"} 0\n",
        ];
        await Eventually.HoldsAsync("all of the metrics", async () =>
        {
            var text = await http.GetStringAsync(new Uri($"{hub.HttpAddress}/metrics"));
            return wanted.All(w => text.Contains(w, StringComparison.Ordinal));
        });
    }

    private static long HeadOf(HubServer hub) => hub.Services.GetRequiredService<ILedger>().Head;

    // A term that ends meanwhile is none of this.
    private static IEnumerable<EventKind> Since(HubServer hub, long position) =>
        hub.Services.GetRequiredService<ILedger>().Read(position + 1, 100).Select(e => e.Kind).Where(k => k != EventKind.Expired);
}
