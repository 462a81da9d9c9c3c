using System.Net;
using CreditExchange.TestKit;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1;
using Alpha = Grpc.Reflection.V1Alpha;

namespace CreditExchange.Hub.Tests.Access;

/// <summary>What answers without a token: health, reflection, the HTTP port.</summary>
public sealed class OpenDoorTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private static readonly string[] Services = [.. ContractMethods.All.Select(m => m.Service.FullName).Distinct()];

    [Fact]
    public async Task Health_answers_for_the_server_and_every_service()
    {
        var health = new Health.HealthClient(shared.Hub.As(""));
        foreach (var service in Services.Append(""))
        {
            using var watch = health.Watch(new HealthCheckRequest { Service = service });
            Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, watch.ResponseStream.Current.Status);
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new HealthCheckRequest { Service = service })).Status);
        }

        foreach (var (header, locale) in new[] { ("zh-CN,zh;q=0.9", "zh-CN"), ("en", "en") })
        {
            var unknown = await RpcFailure.OfAsync(health.CheckAsync(
                new HealthCheckRequest { Service = "no.such.Service" }, new Metadata { { "accept-language", header } }));
            Assert.Equal((StatusCode.NotFound, "SERVICE_UNKNOWN", "service", locale), (unknown.Code, unknown.Reason, unknown.Field, unknown.Locale));
            Assert.Contains("no.such.Service", unknown.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reflection_lists_the_services_and_finds_symbols()
    {
        using var call = new ServerReflection.ServerReflectionClient(shared.Hub.As("")).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "*" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var listed = call.ResponseStream.Current.ListServicesResponse.Service.Select(s => s.Name).ToHashSet();
        Assert.Empty(Services.Except(listed));
        Assert.Contains("grpc.health.v1.Health", listed);
        foreach (var method in ContractMethods.All)
        {
            await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = method.FullName });
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            var files = call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto.Select(FileDescriptorProto.Parser.ParseFrom);
            Assert.Contains(files, f => f.Name == method.File.Name);
        }

        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = "no.such.Symbol" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal((int)StatusCode.NotFound, call.ResponseStream.Current.ErrorResponse.ErrorCode);
    }

    [Fact]
    public async Task Reflection_answers_v1alpha_too()
    {
        using var call = new Alpha.ServerReflection.ServerReflectionClient(shared.Hub.As("")).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new Alpha.ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Empty(Services.Except(call.ResponseStream.Current.ListServicesResponse.Service.Select(s => s.Name)));
        await call.RequestStream.WriteAsync(new Alpha.ServerReflectionRequest { FileContainingSymbol = "creditexchange.v1.LookupService" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.NotEmpty(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto);
    }

    [Theory]
    [InlineData("/healthz/live", "live\n")]
    [InlineData("/healthz/ready", "ready\n")]
    public async Task The_http_port_tells_its_health(string path, string text)
    {
        using var http = new HttpClient();
        Assert.Equal(text, await http.GetStringAsync(new Uri(shared.Hub.HttpAddress + path)));
    }

    [Fact]
    public async Task The_http_port_has_nothing_else()
    {
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(shared.Hub.HttpAddress + "/tokens/operator.jwt"))).StatusCode);
    }

    [Fact]
    public async Task Metrics_are_prometheus_text_and_hold_process_calls_and_position()
    {
        await shared.PublishAsync("court.dishonest-judgment-debtor", shared.Company());
        await RpcFailure.OfAsync(() => shared.CheckAsync("haikou-dutyfree", "approval.notification-commitment", shared.Company()));
        using var http = new HttpClient();
        var response = await http.GetAsync(new Uri(shared.Hub.HttpAddress + "/metrics"));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var metrics = PrometheusParser.Parse(await response.Content.ReadAsStringAsync());
        Assert.True(metrics.Single(m => m.Name == "process_cpu_seconds_total").Value > 0);
        Assert.True(metrics.Single(m => m.Name == "process_resident_memory_bytes").Value > 1_000_000);
        Assert.Contains(metrics, m => m.Name == "process_start_time_seconds");
        Assert.True(metrics.Single(m => m.Name == "creditexchange_ledger_position").Value >= 13);
        Assert.True(Count("/creditexchange.v1.RegistryService/PublishListing", "OK") >= 1);
        Assert.True(Count("/creditexchange.v1.LookupService/CheckSubject", "PermissionDenied") >= 1);

        double Count(string method, string code) => metrics.Single(m =>
            m.Name == "rpc_server_call_duration_seconds_count" && m.Labels["rpc_method"] == method
            && m.Labels["rpc_response_status_code"] == code).Value;
    }
}
