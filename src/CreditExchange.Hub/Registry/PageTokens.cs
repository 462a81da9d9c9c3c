using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Registry;

/// <summary>
/// Tokens with which a caller goes on after an entity: opaque, and good for the caller and the filter they were given for,
/// and for nothing else.
/// </summary>
public static class PageTokens
{
    /// <summary>What a token is bound to.</summary>
    /// <param name="keys">Makes it with a key that callers don't have.</param>
    /// <param name="agency">The caller.</param>
    /// <param name="method">The method.</param>
    /// <param name="filter">What was asked, without page size and token.</param>
    public static ulong Binding(RequestKeys keys, string agency, string method, IMessage filter) =>
        (ulong)keys.Request(agency, method, keys.Content(filter).Value.ToString("x32", null)).Value;

    /// <summary>A token to go on after an entity.</summary>
    public static string Write(long entity, ulong binding)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, binding);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], entity ^ (long)binding);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The entity of a token.</summary>
    /// <param name="token">As the caller sent it.</param>
    /// <param name="binding">What it must be bound to.</param>
    /// <param name="field">Its field, for the error.</param>
    /// <exception cref="RuleViolation">PAGE_TOKEN_INVALID.</exception>
    public static long Read(string token, ulong binding, string field)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (token.Length > 32 || Base64Url.DecodeFromChars(token, bytes, out _, out var length) != OperationStatus.Done || length != 16
            || BinaryPrimitives.ReadUInt64BigEndian(bytes) != binding)
        {
            throw new RuleViolation(ErrorReason.PageTokenInvalid, field);
        }

        return BinaryPrimitives.ReadInt64BigEndian(bytes[8..]) ^ (long)binding;
    }
}
