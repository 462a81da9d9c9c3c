using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.Domain.Agencies;
using CreditExchange.Hub.Access;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Access;

/// <summary>Every method of the contract against every token that must not pass.</summary>
public sealed class AccessMatrixTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private static readonly string[] Agencies = [.. DemonstrationAgencies.All().Select(a => a.AgencyId)];

    public static TheoryData<string> Methods => new(ContractMethods.All.Select(ContractMethods.PathOf));

    [Fact]
    public void Every_method_of_the_contract_has_a_scope_and_every_scope_is_known()
    {
        var contract = ContractMethods.All.Select(ContractMethods.PathOf).ToHashSet();
        Assert.Empty(contract.Except(MethodScopes.Methods));
        Assert.Empty(MethodScopes.Methods.Where(m => m.StartsWith("/creditexchange.", StringComparison.Ordinal)).Except(contract));
        foreach (var method in contract)
        {
            var scope = MethodScopes.Of(method);
            Assert.NotEqual(MethodScopes.Open, scope);
            Assert.True(scope == MethodScopes.AnyToken || Scopes.All.Contains(scope), method);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_bad_token_is_refused_with_its_reason(string path)
    {
        var tokens = new TestTokens(shared.Hub.Data);
        var agency = HolderOf(MethodScopes.Of(path));
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var unixNow = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await RefusedAsync(path, null, StatusCode.Unauthenticated, "TOKEN_MISSING");
        await RefusedAsync(path, "Basic dXNlcjpwYXNz", StatusCode.Unauthenticated, "TOKEN_MISSING");
        await RefusedAsync(path, "Bearer ", StatusCode.Unauthenticated, "TOKEN_INVALID");
        await RefusedAsync(path, "Bearer garbage", StatusCode.Unauthenticated, "TOKEN_INVALID");
        await RefusedAsync(path, "Bearer a.b.c", StatusCode.Unauthenticated, "TOKEN_INVALID");
        await RefusedAsync(path, "Bearer " + new string('x', 20_000), StatusCode.Unauthenticated, "TOKEN_INVALID");
        await BadAsync("TOKEN_EXPIRED", tokens.Create(agency, p => p["exp"] = unixNow - 1));
        await BadAsync("TOKEN_EXPIRED", tokens.Create(agency, p => (p["nbf"], p["exp"]) = (unixNow + 300, unixNow + 600)));
        await BadAsync("TOKEN_INVALID", TestTokens.Sign(tokens.Payload(agency), foreign, tokens.Kid));
        await BadAsync("TOKEN_INVALID", TestTokens.Sign(tokens.Payload(agency), foreign, "another-key"));
        await BadAsync("TOKEN_INVALID", tokens.Create(agency, p => p["aud"] = "another-hub"));
        await BadAsync("TOKEN_INVALID", tokens.Create(agency, p => p["iss"] = "another-issuer"));
        await BadAsync("TOKEN_INVALID", tokens.Create(agency, p => p.Remove("sub")));
        await BadAsync("TOKEN_INVALID", tokens.Create(agency, p => p.Remove("exp")), "TOKEN_EXPIRED");
        await BadAsync("TOKEN_INVALID", TestTokens.Assemble("none", tokens.Kid, tokens.Payload(agency), _ => []));
        foreach (var secret in new[] { tokens.PublicKey, Encoding.UTF8.GetBytes(tokens.Jwks), Encoding.UTF8.GetBytes(PemOf(tokens)) })
        {
            await BadAsync(
                "TOKEN_INVALID",
                TestTokens.Assemble("HS256", tokens.Kid, tokens.Payload(agency), b => HMACSHA256.HashData(secret, b)));
        }

        // The middle of the signature: its last character holds spare bits, of which some changes are none.
        var whole = tokens.Create(agency).ToCharArray();
        whole[^40] = whole[^40] == 'A' ? 'Q' : 'A';
        await BadAsync("TOKEN_INVALID", new string(whole));
        await BadAsync("AGENCY_UNKNOWN", tokens.Create("nobody"));
        await BadAsync("AGENCY_REVOKED", tokens.Create(await RevokedAsync()));
        await RefusedAsync(
            path, "Bearer " + tokens.Create(agency, p => p["region"] = "110000"), StatusCode.PermissionDenied, "REGION_MISMATCH");

        async Task BadAsync(string reason, string token, string or = "")
        {
            var failure = await FailureAsync(path, "Bearer " + token);
            Assert.Equal(StatusCode.Unauthenticated, failure.Code);
            Assert.True(failure.Reason == reason || failure.Reason == or, $"{path}: {failure.Reason}, not {reason}");
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_caller_without_the_scope_is_refused(string path)
    {
        var scope = MethodScopes.Of(path);
        if (scope == MethodScopes.AnyToken)
        {
            foreach (var agency in Agencies)
            {
                await ContractMethods.CallAsync(shared.Hub.As(agency), MethodOf(path), []).Answered();
            }

            return;
        }

        var holders = 0;
        foreach (var agency in DemonstrationAgencies.All())
        {
            var bearer = "Bearer " + shared.Hub.TokenOf(agency.AgencyId);
            if (!agency.Rights.Scopes.Contains(scope))
            {
                await RefusedAsync(path, bearer, StatusCode.PermissionDenied, "SCOPE_MISSING");
                continue;
            }

            holders++;
            var narrowed = new TestTokens(shared.Hub.Data).Create(agency.AgencyId, p => p["scope"] = scope == "audit" ? "watch" : "audit history.read");
            await RefusedAsync(path, "Bearer " + narrowed, StatusCode.PermissionDenied, "SCOPE_MISSING");
            await ContractMethods.CallAsync(shared.Hub.As(agency.AgencyId), MethodOf(path), []).Answered();
        }

        // No demonstration agency is a node of the hub; EdgeTests have one.
        Assert.True(holders > 0 || scope == Scopes.Node, $"nobody holds {scope}");
    }

    [Theory]
    [InlineData("creditexchange.v1.RegistryService", "DropEverything", "zh")]
    [InlineData("creditexchange.v1.NoSuchService", "Do", "en")]
    public async Task A_method_that_does_not_exist_needs_a_token_and_is_unimplemented(string service, string name, string language)
    {
        var raw = new Method<byte[], byte[]>(
            MethodType.Unary, service, name,
            Marshallers.Create<byte[]>(b => b, b => b), Marshallers.Create<byte[]>(b => b, b => b));
        var options = new CallOptions(new Metadata { { "accept-language", language } });
        var open = await RpcFailure.OfAsync(shared.Hub.As("").AsyncUnaryCall(raw, null, options, []));
        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_MISSING"), (open.Code, open.Reason));
        var known = await RpcFailure.OfAsync(shared.Hub.As("operator").AsyncUnaryCall(raw, null, options, []));
        Assert.Equal((StatusCode.Unimplemented, "NOT_SUPPORTED"), (known.Code, known.Reason));
        Assert.StartsWith(language, known.Locale, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compression_that_the_hub_does_not_have_is_unimplemented_with_its_reason()
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(shared.Hub.GrpcAddress + "/creditexchange.v1.CatalogueService/GetCatalogue"));
        (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        request.Headers.Add("authorization", "Bearer " + shared.Hub.TokenOf("operator"));
        request.Headers.Add("grpc-encoding", "zstd");
        request.Headers.Add("te", "trailers");
        // A frame that says it is compressed.
        request.Content = new ByteArrayContent([1, 0, 0, 0, 1, 0]);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var response = await http.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        var end = response.Headers.Contains("grpc-status") ? response.Headers : response.TrailingHeaders;
        var details = end.GetValues("grpc-status-details-bin").Single();
        var status = Google.Rpc.Status.Parser.ParseFrom(Convert.FromBase64String(details.PadRight((details.Length + 3) / 4 * 4, '=')));
        Assert.Equal("12", end.GetValues("grpc-status").Single());
        Assert.Equal((StatusCode.Unimplemented, "NOT_SUPPORTED"), (RpcFailure.Read(status).Code, RpcFailure.Read(status).Reason));
    }

    [Fact]
    public async Task A_refusal_is_logged_with_method_agency_and_reason()
    {
        await RefusedAsync(
            "/creditexchange.v1.AgencyService/PutAgency", "Bearer " + shared.Hub.TokenOf("haikou-dutyfree"), StatusCode.PermissionDenied,
            "SCOPE_MISSING");
        Assert.Contains(shared.Hub.Log, l =>
            l.Contains("AccessDenied", StringComparison.Ordinal) && l.Contains("PutAgency", StringComparison.Ordinal)
            && l.Contains("haikou-dutyfree", StringComparison.Ordinal) && l.Contains("ScopeMissing", StringComparison.Ordinal));
    }

    private static string PemOf(TestTokens tokens) => PemEncoding.WriteString("PUBLIC KEY", tokens.PublicKey);

    private static string HolderOf(string scope) => DemonstrationAgencies.All()
        .FirstOrDefault(a => scope.Length == 0 || a.Rights.Scopes.Contains(scope))?.AgencyId ?? "operator";

    private static MethodDescriptor MethodOf(string path) => ContractMethods.All.Single(m => ContractMethods.PathOf(m) == path);

    private async Task RefusedAsync(string path, string? authorization, StatusCode code, string reason)
    {
        var failure = await FailureAsync(path, authorization);
        Assert.Equal((path, code, reason), (path, failure.Code, failure.Reason));
    }

    private Task<RpcFailure> FailureAsync(string path, string? authorization)
    {
        var headers = new Metadata();
        if (authorization is not null)
        {
            headers.Add("authorization", authorization);
        }

        return RpcFailure.OfAsync(() => ContractMethods.CallAsync(shared.Hub.As(""), MethodOf(path), [], headers));
    }

    private async Task<string> RevokedAsync()
    {
        var client = new AgencyService.AgencyServiceClient(shared.Hub.As("security"));
        var agency = new Agency
        {
            AgencyId = "revoked-hub",
            Name = new LocalizedText { Zh = "甲", En = "A" },
            Region = "440000",
            Kind = AgencyKind.PartnerHub,
            Rights = new Rights { Scopes = { "watch" }, Recipient = RecipientKind.Partner },
        };
        // The same requests each time: a retry is the first one's answer.
        var put = await client.PutAgencyAsync(new PutAgencyRequest { RequestId = "put-revoked", Agency = agency, Reason = "test" });
        await shared.CheckAsync("hainan-approval", "approval.notification-commitment", TestListings.Company(0), put.Position);
        var revoked = await client.RevokeAgencyAsync(
            new RevokeAgencyRequest { RequestId = "revoke-revoked", AgencyId = "revoked-hub", Reason = "test" });
        await shared.CheckAsync("hainan-approval", "approval.notification-commitment", TestListings.Company(0), revoked.Position);
        return "revoked-hub";
    }
}

internal static class Answers
{
    /// <summary>The call passed the door: it was answered, or refused for what it says and not for who says it.</summary>
    public static async Task Answered(this Task<byte[]?> call)
    {
        try
        {
            await call;
        }
        catch (RpcException error)
        {
            Assert.DoesNotContain(error.StatusCode, new[] { StatusCode.Unauthenticated, StatusCode.Unknown, StatusCode.Internal });
            Assert.NotEqual("SCOPE_MISSING", RpcFailure.Read(error).Reason);
        }
    }
}
