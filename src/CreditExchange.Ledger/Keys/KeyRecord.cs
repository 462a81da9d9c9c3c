using CreditExchange.V1;

namespace CreditExchange.Ledger;

/// <summary>What is known of a key; never its bytes.</summary>
/// <param name="Purpose">What it is for.</param>
/// <param name="Id">Version of a subject key, else hex digits of a hash.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Since">Since when the hub has it.</param>
/// <param name="Until">When it ended or will; null: not known.</param>
/// <param name="Rows">Rows that still need it.</param>
public sealed record KeyRecord(KeyPurpose Purpose, string Id, KeyState State, DateTimeOffset Since, DateTimeOffset? Until, long Rows);

/// <summary>Who asked for a rotation, so that a retry is answered and nothing is started twice.</summary>
/// <param name="Key">Agency, method and request id.</param>
/// <param name="Content">What was asked.</param>
/// <param name="Actor">The agency.</param>
/// <param name="Reason">Why.</param>
public sealed record RotationRequest(RequestKey Key, ContentMac Content, string Actor, string Reason);

/// <summary>A rotation that was started.</summary>
/// <param name="Purpose">What for.</param>
/// <param name="Id">The new key.</param>
/// <param name="StartedAt">When.</param>
/// <param name="Content">What was asked.</param>
/// <param name="Actor">Who asked.</param>
/// <param name="Reason">Why.</param>
public sealed record StartedRotation(
    KeyPurpose Purpose, string Id, DateTimeOffset StartedAt, ContentMac Content, string Actor, string Reason);

/// <summary>A rotation can't be started. The hub says it as an error of its contract.</summary>
public sealed class RotationRefusedException(ErrorReason reason, string message) : Exception(message)
{
    /// <summary>Why: one of the KEY_ reasons.</summary>
    public ErrorReason Reason { get; } = reason;
}
