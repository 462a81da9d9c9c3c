using System.Security.Cryptography;
using CreditExchange.Client.Streams;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Streaming.Relay;

/// <summary>
/// The key pair that signs checkpoints, derived from the hub's token key, so that it needs no place of its own and survives with the
/// ledger's keys. Safe for many threads.
/// </summary>
public sealed class CheckpointKey : IDisposable
{
    private readonly ECDsa key;
    private readonly Lock gate = new();

    /// <summary>Derives it.</summary>
    public CheckpointKey(HubKeys keys)
    {
        Span<byte> scalar = stackalloc byte[32];
        // A value outside the curve's order, one of 2^32, gets the next label.
        for (var attempt = 0; key is null; attempt++)
        {
            keys.Token.Derive($"checkpoint-signature\0{attempt}", scalar);
            try
            {
                key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar.ToArray() });
            }
            catch (CryptographicException) when (attempt < 8)
            {
                continue;
            }
        }

        PublicKey = key.ExportSubjectPublicKeyInfo();
        Id = CheckpointSignature.IdOf(PublicKey);
    }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public byte[] PublicKey { get; }

    /// <summary>Names the key.</summary>
    public string Id { get; }

    /// <summary>Signs a checkpoint.</summary>
    public SignedCheckpoint Sign(StreamCheckpoint checkpoint)
    {
        lock (gate)
        {
            return CheckpointSignature.Sign(checkpoint, key, Id);
        }
    }

    /// <summary>Whether a checkpoint is of this hub.</summary>
    public bool IsOwn(SignedCheckpoint signed) => CheckpointSignature.Verify(signed, PublicKey);

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();
}
