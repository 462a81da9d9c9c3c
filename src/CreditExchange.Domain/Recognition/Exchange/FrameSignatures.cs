using System.Security.Cryptography;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Recognition.Exchange;

/// <summary>What two hubs sign when they exchange: always the carried bytes, each use with a domain of its own. docs/exchange.md has vectors.</summary>
public static class FrameSignatures
{
    /// <summary>The largest frame, in bytes.</summary>
    public const int LargestFrame = 4 * 1024 * 1024;

    /// <summary>Bytes of a session's name and of a nonce.</summary>
    public const int SessionSize = 32;

    private static readonly byte[] FrameDomain = [.. "creditexchange.exchange.v1"u8, 0];
    private static readonly byte[] CheckpointDomain = [.. "creditexchange.checkpoint.v1"u8, 0];

    /// <summary>The session of a hello: none yet.</summary>
    public static ReadOnlySpan<byte> NoSession => new byte[SessionSize];

    /// <summary>What two hellos make together: nothing that is signed in it fits another.</summary>
    /// <param name="diallerHello">The frame of who called, as carried.</param>
    /// <param name="otherHello">The frame of the other, as carried.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] SessionOf(ReadOnlySpan<byte> diallerHello, ReadOnlySpan<byte> otherHello)
    {
        Span<byte> both = stackalloc byte[2 * SessionSize];
        SHA256.HashData(diallerHello, both);
        SHA256.HashData(otherHello, both[SessionSize..]);
        return SHA256.HashData(both);
    }

    /// <summary>What is signed of a frame: domain ‖ session ‖ frame.</summary>
    public static byte[] FrameBytes(ReadOnlySpan<byte> session, ReadOnlySpan<byte> frame) => [.. FrameDomain, .. session, .. frame];

    /// <summary>What is signed of a checkpoint: domain ‖ checkpoint.</summary>
    public static byte[] CheckpointBytes(ReadOnlySpan<byte> checkpoint) => [.. CheckpointDomain, .. checkpoint];

    /// <summary>Signs a frame.</summary>
    /// <param name="frame">What is said.</param>
    /// <param name="session">The session, 32 bytes.</param>
    /// <param name="keyId">The key.</param>
    /// <param name="sign">Signs bytes with it, suite ES256.</param>
    public static SignedFrame Sign(ExchangeFrame frame, ReadOnlySpan<byte> session, string keyId, Func<byte[], byte[]> sign)
    {
        var bytes = frame.ToByteArray();
        return new SignedFrame
        {
            Frame = UnsafeByteOperations.UnsafeWrap(bytes),
            KeyId = keyId,
            Suite = SignatureSuite.Es256,
            Signature = UnsafeByteOperations.UnsafeWrap(sign(FrameBytes(session, bytes))),
        };
    }

    /// <summary>Signs a checkpoint.</summary>
    public static SignedLedgerCheckpoint Sign(LedgerCheckpoint checkpoint, string keyId, Func<byte[], byte[]> sign)
    {
        var bytes = checkpoint.ToByteArray();
        return new SignedLedgerCheckpoint
        {
            Checkpoint = UnsafeByteOperations.UnsafeWrap(bytes),
            KeyId = keyId,
            Suite = SignatureSuite.Es256,
            Signature = UnsafeByteOperations.UnsafeWrap(sign(CheckpointBytes(bytes))),
        };
    }

    /// <summary>A frame whose signature fits, read.</summary>
    /// <param name="signed">As it came.</param>
    /// <param name="session">The session, 32 bytes.</param>
    /// <param name="keys">The keys that the sender may use.</param>
    /// <exception cref="RuleViolation">EXCHANGE_FRAME, EXCHANGE_KEY_UNKNOWN or EXCHANGE_SIGNATURE.</exception>
    public static ExchangeFrame Open(SignedFrame? signed, ReadOnlySpan<byte> session, IReadOnlyList<PartyKey> keys)
    {
        if (signed is null || signed.Frame.Length is 0 or > LargestFrame)
        {
            throw Malformed("no frame, or too large");
        }

        var key = Find(keys, signed.KeyId, signed.Suite);
        return AgreementSignatures.Verify(key, FrameBytes(session, signed.Frame.Span), signed.Signature.Span)
            ? Parse(ExchangeFrame.Parser, signed.Frame)
            : throw new RuleViolation(ErrorReason.ExchangeSignature);
    }

    /// <summary>A checkpoint whose signature fits, read.</summary>
    /// <exception cref="RuleViolation">EXCHANGE_CHECKPOINT.</exception>
    public static LedgerCheckpoint Open(SignedLedgerCheckpoint signed, IReadOnlyList<PartyKey> keys)
    {
        try
        {
            var key = Find(keys, signed.KeyId, signed.Suite);
            if (AgreementSignatures.Verify(key, CheckpointBytes(signed.Checkpoint.Span), signed.Signature.Span))
            {
                var checkpoint = Parse(LedgerCheckpoint.Parser, signed.Checkpoint);
                return checkpoint.Chain.Length == SessionSize && checkpoint.Position > 0
                    ? checkpoint
                    : throw new RuleViolation(ErrorReason.ExchangeCheckpoint, "", ("cause", "position or chain"));
            }
        }
        catch (RuleViolation fault) when (fault.Reason is ErrorReason.ExchangeKeyUnknown or ErrorReason.ExchangeFrame)
        {
            throw new RuleViolation(ErrorReason.ExchangeCheckpoint, "", ("cause", fault.Reason == ErrorReason.ExchangeFrame ? "malformed" : "unknown key"));
        }

        throw new RuleViolation(ErrorReason.ExchangeCheckpoint, "", ("cause", "signature"));
    }

    private static T Parse<T>(MessageParser<T> parser, ByteString bytes)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Malformed("it can't be parsed");
        }
    }

    private static PartyKey Find(IReadOnlyList<PartyKey> keys, string id, SignatureSuite suite)
    {
        foreach (var key in keys)
        {
            if (key.KeyId == id && key.Suite == suite)
            {
                return key;
            }
        }

        var shown = id.Length == 16 && id.All(char.IsAsciiHexDigitLower) ? id : "?";
        throw new RuleViolation(ErrorReason.ExchangeKeyUnknown, "", ("key_id", shown));
    }

    private static RuleViolation Malformed(string cause) => new(ErrorReason.ExchangeFrame, "", ("cause", cause));
}
