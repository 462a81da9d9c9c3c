using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CreditExchange.Hub.Hosting;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace CreditExchange.Hub.Tests.Access;

/// <summary>How the hub starts outside Development, and with TLS.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Outside_Development_all_faults_of_the_configuration_are_told_at_once()
    {
        var folder = Directory.CreateTempSubdirectory("hub-");
        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => HubHost.StartAsync(
        [
            "--environment=Production", "--GrpcPort=0", "--HttpPort=70000", $"--Data={folder.FullName}", "--Tls:Certificate=only.pem",
            "--Auth:MaxLifetime=02:00:00", "--MaxMessageBytes=5", "--Ledger:Provider=Abacus",
        ]));
        foreach (var part in new[] { "Keys:WrappingKey", "Auth:Jwks", "HTTP_PORT", "Tls:Key", "Auth:MaxLifetime", "MaxMessageBytes", "Ledger:Provider" })
        {
            Assert.Single(refused.Faults, f => f.Contains(part, StringComparison.Ordinal));
        }

        Assert.Empty(folder.EnumerateFileSystemInfos());
        folder.Delete();
    }

    [Fact]
    public async Task A_wrapping_key_of_another_length_is_refused_without_being_shown()
    {
        var secret = Convert.ToBase64String(new byte[31]);
        var refused = await Assert.ThrowsAsync<ConfigurationException>(
            () => HubHost.StartAsync(["--environment=Production", "--GrpcPort=0", "--HttpPort=0", "--Auth:Jwks=x", $"--Keys:WrappingKey={secret}"]));
        Assert.DoesNotContain(secret, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_Development_a_token_lives_an_hour_at_most()
    {
        var folder = Directory.CreateTempSubdirectory("hub-").FullName;
        var wrapping = "Keys:WrappingKey=" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        await (await HubServer.StartAsync(folder, null, wrapping)).StopAsync();
        var tokens = new TestTokens(folder);
        Directory.Delete(Path.Combine(folder, "tokens"), recursive: true);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await using var hub = await HubServer.StartAsync(
            folder, null, "environment=Production", wrapping, $"Auth:Jwks={Path.Combine(folder, "auth", "jwks.json")}");
        Assert.False(Directory.Exists(Path.Combine(folder, "tokens")));
        await Call(tokens.Create("operator", p => (p["nbf"], p["exp"]) = (now - 1, now + 3599)));
        foreach (var wrong in new[]
        {
            tokens.Create("operator", p => (p["nbf"], p["exp"]) = (now - 1, now + 3600)),
            tokens.Create("operator", p => p.Remove("nbf")),
        })
        {
            var refused = await RpcFailure.OfAsync(() => Call(wrong));
            Assert.Equal((StatusCode.Unauthenticated, "TOKEN_INVALID"), (refused.Code, refused.Reason));
        }

        var issue = await RpcFailure.OfAsync(() => new TokenService.TokenServiceClient(hub.WithToken(tokens.Create("security")))
            .IssueTokenAsync(new IssueTokenRequest { AgencyId = "operator" }).ResponseAsync);
        Assert.Equal("NO_SIGNING_KEY", issue.Reason);
        var reflection = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            using var call = new Grpc.Reflection.V1.ServerReflection.ServerReflectionClient(hub.As("")).ServerReflectionInfo();
            await call.ResponseStream.MoveNext(CancellationToken.None);
        });
        Assert.Equal(StatusCode.Unimplemented, reflection.StatusCode);

        async Task Call(string token) =>
            await new CatalogueService.CatalogueServiceClient(hub.WithToken(token)).ListMattersAsync(new ListMattersRequest());
    }

    [Fact]
    public async Task With_a_certificate_both_ports_speak_tls_only()
    {
        var folder = Directory.CreateTempSubdirectory("tls-");
        var (certificate, key) = (Path.Combine(folder.FullName, "hub.pem"), Path.Combine(folder.FullName, "hub.key"));
        var now = TimeProvider.System.GetUtcNow();
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=hub.example", ec, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(certificate, made.ExportCertificatePem());
        File.WriteAllText(key, ec.ExportPkcs8PrivateKeyPem());
        await using var hub = await HubServer.StartAsync(null, null, $"Tls:Certificate={certificate}", $"Tls:Key={key}");
        Assert.StartsWith("https://", hub.GrpcAddress, StringComparison.Ordinal);
        Assert.StartsWith("https://", hub.HttpAddress, StringComparison.Ordinal);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) =>
            presented is not null && presented.GetCertHashString() == made.GetCertHashString();
        using var channel = GrpcChannel.ForAddress(hub.GrpcAddress, new GrpcChannelOptions { HttpHandler = handler });
        var health = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        var headers = new Metadata { { "authorization", "Bearer " + hub.TokenOf("operator") } };
        await new CatalogueService.CatalogueServiceClient(channel).ListMeasuresAsync(new ListMeasuresRequest(), headers);
        using var other = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, presented, _, _) => presented?.Thumbprint == made.Thumbprint };
        using var http = new HttpClient(other);
        Assert.Equal("ready\n", await http.GetStringAsync(new Uri(hub.HttpAddress + "/healthz/ready")));
        using var clear = GrpcChannel.ForAddress(hub.GrpcAddress.Replace("https", "http", StringComparison.Ordinal));
        await Assert.ThrowsAsync<RpcException>(async () => await new Health.HealthClient(clear).CheckAsync(new HealthCheckRequest()));
        folder.Delete(recursive: true);
    }
}
