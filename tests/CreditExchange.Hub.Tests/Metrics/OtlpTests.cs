using System.Collections.Concurrent;
using System.Text;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Hub.Tests.Metrics;

public class OtlpTests
{
    [Fact]
    public async Task Metrics_are_sent_to_a_collector_under_their_own_names_and_hold_no_number()
    {
        var sent = new ConcurrentQueue<byte[]>();
        await using var collector = await CollectAsync(sent);
        var number = TestListings.Person(4).Number;
        await using (var hub = await HubServer.StartAsync(null, null, $"Otlp:Endpoint={AddressOf(collector)}/v1/metrics", "Otlp:Interval=00:00:01"))
        {
            await hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
            {
                Subject = TestListings.Person(4),
                Matter = "approval.notification-commitment",
                Purpose = "p",
            });
            await hub.StopAsync();
        }

        var text = string.Concat(sent.Select(Encoding.UTF8.GetString));
        Assert.Contains("creditexchange-hub", text, StringComparison.Ordinal);
        Assert.Contains("creditexchange.view.position", text, StringComparison.Ordinal);
        Assert.Contains("rpc.server.call.duration", text, StringComparison.Ordinal);
        Assert.Contains("creditexchange.v1.LookupService/CheckSubject", text, StringComparison.Ordinal);
        Assert.DoesNotContain(number, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_away_holds_up_neither_calls_nor_the_stop()
    {
        await using var hub = await HubServer.StartAsync(null, null, "Otlp:Endpoint=http://127.0.0.1:9/v1/metrics", "Otlp:Interval=00:00:01");
        var answer = await hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = TestListings.Person(4),
            Matter = "approval.notification-commitment",
            Purpose = "p",
        });
        Assert.Equal(Verdict.Clear, answer.Verdict);
        await hub.StopAsync();
    }

    private static async Task<WebApplication> CollectAsync(ConcurrentQueue<byte[]> sent)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/v1/metrics", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            sent.Enqueue(body.ToArray());
        });
        await app.StartAsync();
        return app;
    }

    private static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
}
