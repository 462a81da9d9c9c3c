using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.Keys;

/// <summary>What these tests ask of a hub's keys.</summary>
internal static class KeyCalls
{
    public static async Task<List<HubKey>> StatusAsync(this HubProcess hub, KeyPurpose purpose) => await StatusAsync(Keys(hub), purpose);

    public static async Task<List<HubKey>> StatusAsync(KeyService.KeyServiceClient keys, KeyPurpose purpose) =>
        [.. (await keys.GetKeyStatusAsync(new GetKeyStatusRequest())).Keys.Where(k => k.Purpose == purpose)];

    /// <summary>A client with the token that the hub wrote last.</summary>
    public static KeyService.KeyServiceClient Keys(HubProcess hub) => new(hub.As("security"));

    public static async Task<KeyRotation> RotateAsync(this HubProcess hub, KeyPurpose purpose, string requestId) => purpose switch
    {
        KeyPurpose.Wrapping => (await Keys(hub).RotateWrappingKeyAsync(new() { RequestId = requestId, Reason = "test" })).Rotation,
        KeyPurpose.Subject => (await Keys(hub).RotateSubjectKeyAsync(new() { RequestId = requestId, Reason = "test" })).Rotation,
        _ => (await Keys(hub).RotateTokenSigningKeyAsync(new() { RequestId = requestId, Reason = "test" })).Rotation,
    };

    /// <summary>Waits until a key is current and no other of its purpose is live or retiring.</summary>
    public static async Task ReachAsync(this HubProcess hub, KeyPurpose purpose, string keyId)
    {
        while (true)
        {
            var keys = await hub.StatusAsync(purpose);
            if (keys.TrueForAll(k => k.State is KeyState.Current or KeyState.Retired) && keys.Exists(k => k.KeyId == keyId && k.State == KeyState.Current))
            {
                return;
            }
        }
    }
}
