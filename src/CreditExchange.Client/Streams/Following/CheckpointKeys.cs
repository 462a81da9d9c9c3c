using System.Security.Cryptography;
using CreditExchange.V1;

namespace CreditExchange.Client.Streams.Following;

/// <summary>The keys that checkpoints are verified by. Safe for many threads.</summary>
internal sealed class CheckpointKeys : IDisposable
{
    private readonly Dictionary<string, ECDsa> keys = [];

    public CheckpointKeys(IReadOnlyList<byte[]> publicKeys)
    {
        foreach (var publicKey in publicKeys)
        {
            var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
            keys[CheckpointSignature.IdOf(publicKey)] = key;
        }
    }

    /// <summary>None where the signature is right.</summary>
    public StreamFault Judge(SignedCheckpoint signed)
    {
        if (signed.Suite != CheckpointSignature.Suite || !keys.TryGetValue(signed.KeyId, out var key))
        {
            return StreamFault.UnknownCheckpointKey;
        }

        lock (key)
        {
            return key.VerifyData(signed.Checkpoint.Span, signed.Signature.Span, HashAlgorithmName.SHA256)
                ? StreamFault.None
                : StreamFault.BadSignature;
        }
    }

    public void Dispose()
    {
        foreach (var key in keys.Values)
        {
            key.Dispose();
        }
    }
}
