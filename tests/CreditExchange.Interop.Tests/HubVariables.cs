using CreditExchange.TestKit;

namespace CreditExchange.Interop.Tests;

/// <summary>The variables by which foreign programs find a hub.</summary>
internal static class HubVariables
{
    public static readonly IReadOnlyDictionary<string, string?> None = new Dictionary<string, string?>();

    public static Dictionary<string, string?> Of(HubServer hub) => new()
    {
        ["CREDITEXCHANGE_GRPC_PORT"] = $"{new Uri(hub.GrpcAddress).Port}",
        ["CREDITEXCHANGE_DATA"] = hub.Data,
    };
}
