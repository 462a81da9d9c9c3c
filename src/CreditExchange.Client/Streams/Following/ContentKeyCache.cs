using System.Security.Cryptography;

namespace CreditExchange.Client.Streams.Following;

/// <summary>Keys of sealed content in memory: at most so many, those not used for long go first, wiped. Used by one task.</summary>
internal sealed class ContentKeyCache(int most) : IDisposable
{
    private Dictionary<string, byte[]> young = [];
    private Dictionary<string, byte[]> old = [];

    public byte[]? Find(string listingId)
    {
        if (young.TryGetValue(listingId, out var key))
        {
            return key;
        }

        if (!old.Remove(listingId, out key))
        {
            return null;
        }

        Keep(listingId, key);
        return key;
    }

    public void Keep(string listingId, byte[] key)
    {
        if (young.Count >= most / 2)
        {
            Wipe(old);
            (young, old) = (old, young);
        }

        young[listingId] = key;
    }

    public void Forget(string listingId)
    {
        if (young.Remove(listingId, out var key) || old.Remove(listingId, out key))
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public void Dispose()
    {
        Wipe(young);
        Wipe(old);
    }

    private static void Wipe(Dictionary<string, byte[]> keys)
    {
        foreach (var key in keys.Values)
        {
            CryptographicOperations.ZeroMemory(key);
        }

        keys.Clear();
    }
}
