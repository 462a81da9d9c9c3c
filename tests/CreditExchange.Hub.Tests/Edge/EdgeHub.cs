using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.Edge;

/// <summary>A full node, a real Redis and an edge node, which is the one that is asked.</summary>
public class EdgeHub : SharedHub
{
    private HubServer? edge;

    public RedisServer? Redis { get; private set; }

    public override HubServer Asked => edge ?? Hub;

    protected virtual bool HasRedis => true;

    public override async Task InitializeAsync()
    {
        Redis = HasRedis ? await RedisServer.StartAsync() : null;
        string[] settings = Redis is null ? [] : [$"Redis:Configuration={Redis.Configuration}"];
        UseHub(await HubServer.StartAsync(null, null, settings));
        await AddFinanceAsync(Hub);
        edge = await EdgeNodes.StartAsync(Hub, settings: settings);
    }

    protected override async Task StopOthersAsync()
    {
        await Asked.DisposeAsync();
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }
    }
}

/// <summary>The same without Redis.</summary>
public sealed class EdgeHubWithoutRedis : EdgeHub
{
    protected override bool HasRedis => false;
}

/// <summary>Starts edge nodes.</summary>
internal static class EdgeNodes
{
    public const string Agency = "edge-node";

    /// <summary>An edge node of a full one, in the test's process.</summary>
    /// <param name="full">The full node.</param>
    /// <param name="name">The edge node's name.</param>
    /// <param name="upstream">Its way to the full node; null: straight.</param>
    /// <param name="settings">Further settings.</param>
    public static async Task<HubServer> StartAsync(HubServer full, string name = "e1", string? upstream = null, params string[] settings)
    {
        var token = await TokenAsync(full);
        var wrapping = Convert.ToBase64String(await File.ReadAllBytesAsync(Path.Combine(full.Data, "keys", "wrapping.key")));
        var edge = await HubServer.StartAsync(null, null,
        [
            "Lookup:Mode=Edge", $"Lookup:Upstream={upstream ?? full.GrpcAddress}", $"Lookup:TokenFile={token}", $"Node={name}",
            $"Keys:WrappingKey={wrapping}", $"Auth:Jwks={Path.Combine(full.Data, "auth", "jwks.json")}", .. settings,
        ]);
        edge.Tokens = Path.Combine(full.Data, "tokens");
        return edge;
    }

    /// <summary>What an edge node in a process of its own is started with.</summary>
    /// <param name="full">The full node, whose issuer the node trusts.</param>
    /// <param name="upstream">Its way to it.</param>
    /// <param name="token">The file of <see cref="TokenAsync"/>.</param>
    /// <param name="wrappingKey">The full node's.</param>
    /// <param name="redis">Its way to Redis.</param>
    /// <param name="name">Its name.</param>
    public static string[] ProcessSettings(HubServer full, string upstream, string token, byte[] wrappingKey, string redis, string name = "e1") =>
    [
        "--Lookup:Mode=Edge", $"--Lookup:Upstream={upstream}", $"--Lookup:TokenFile={token}", $"--Node={name}",
        $"--Auth:Jwks={Path.Combine(full.Data, "auth", "jwks.json")}", $"--Redis:Configuration={redis}",
        $"Keys__WrappingKey={Convert.ToBase64String(wrappingKey)}",
    ];

    /// <summary>The file with a token of the nodes' agency, which a full node knows afterwards.</summary>
    public static async Task<string> TokenAsync(HubServer full)
    {
        var token = Path.Combine(full.Data, "tokens", $"{Agency}.jwt");
        if (!File.Exists(token))
        {
            await AddAgencyAsync(full);
            await File.WriteAllTextAsync(token, new TestTokens(full.Data).Create(Agency));
        }

        return token;
    }

    private static async Task AddAgencyAsync(HubServer full)
    {
        var put = await new AgencyService.AgencyServiceClient(full.As("security")).PutAgencyAsync(new PutAgencyRequest
        {
            RequestId = Agency,
            Reason = "test",
            Agency = new Agency
            {
                AgencyId = Agency,
                Name = new LocalizedText { Zh = "边缘节点", En = "Edge node" },
                Region = "460000",
                Kind = AgencyKind.Operator,
                Rights = new Rights { Scopes = { "watch", "node" }, Recipient = RecipientKind.Agency },
            },
        });
        await full.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = TestListings.Company(999_999),
            Matter = "approval.notification-commitment",
            Purpose = "p",
            MinPosition = put.Position,
        });
    }
}
