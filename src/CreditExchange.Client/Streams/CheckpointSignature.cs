using System.Security.Cryptography;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Client.Streams;

/// <summary>Signs and verifies checkpoints: ECDSA with P-256 and SHA-256 over the carried bytes, r ‖ s.</summary>
public static class CheckpointSignature
{
    /// <summary>The only suite.</summary>
    public const int Suite = 1;

    /// <summary>Names a public key: the first 8 bytes of SHA-256 over its SubjectPublicKeyInfo, in hex.</summary>
    public static string IdOf(ReadOnlySpan<byte> publicKey)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(publicKey, hash);
        return Convert.ToHexStringLower(hash[..8]);
    }

    /// <summary>Signs a checkpoint.</summary>
    public static SignedCheckpoint Sign(StreamCheckpoint checkpoint, ECDsa key, string keyId)
    {
        var bytes = checkpoint.ToByteArray();
        return new SignedCheckpoint
        {
            Checkpoint = UnsafeByteOperations.UnsafeWrap(bytes),
            Suite = Suite,
            KeyId = keyId,
            Signature = UnsafeByteOperations.UnsafeWrap(key.SignData(bytes, HashAlgorithmName.SHA256)),
        };
    }

    /// <summary>Whether a checkpoint was signed by a key.</summary>
    /// <param name="signed">The checkpoint.</param>
    /// <param name="publicKey">SubjectPublicKeyInfo, DER.</param>
    public static bool Verify(SignedCheckpoint signed, byte[] publicKey)
    {
        if (signed.Suite != Suite || signed.KeyId != IdOf(publicKey))
        {
            return false;
        }

        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(publicKey, out _);
        return key.VerifyData(signed.Checkpoint.Span, signed.Signature.Span, HashAlgorithmName.SHA256);
    }
}
