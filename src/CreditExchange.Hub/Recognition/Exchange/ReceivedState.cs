using System.Text.Json;
using CreditExchange.Ledger.Exchange;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>What is kept of a partner's ledger: a row beside this hub's ledger, replaced after the events that it counts are durable.</summary>
public sealed record ReceivedState
{
    /// <summary>How many of the newest refusals are kept.</summary>
    public const int MostRefused = 100;

    /// <summary>Ledger and epoch; empty: nothing was received.</summary>
    public string LedgerId { get; init; } = "";

    /// <summary>Everything up to here is durable.</summary>
    public long Position { get; init; }

    /// <summary>Chain hash there.</summary>
    public byte[] Chain { get; init; } = new byte[32];

    /// <summary>When it was recorded there, microseconds since 1970.</summary>
    public long RecordedAt { get; init; }

    /// <summary>How far the listings of each agreement are complete.</summary>
    public IReadOnlyList<Coverage> Covered { get; init; } = [];

    /// <summary>Events that were recognised, each once.</summary>
    public long Recognised { get; init; }

    /// <summary>Events that were refused.</summary>
    public long RefusedCount { get; init; }

    /// <summary>The newest of those.</summary>
    public IReadOnlyList<Refused> Refusals { get; init; } = [];

    /// <summary>When the partner last said something, by this hub's clock.</summary>
    public DateTimeOffset HeardAt { get; init; }

    /// <summary>The lag that it stated then.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>Its head, as it said.</summary>
    public long Head { get; init; }

    /// <summary>An epoch that waits for the operator; null: none.</summary>
    public byte[]? PendingEpoch { get; init; }

    /// <summary>The place in the partner's chain.</summary>
    public ForeignChain ToChain(string ledgerId) => Position == 0 ? ForeignChain.None(ledgerId) : new(LedgerId, Position, Chain, RecordedAt);

    /// <summary>How far an agreement is complete.</summary>
    public long ThroughOf(string agreement, uint version) =>
        Covered.FirstOrDefault(c => c.Agreement == agreement && c.Version == version)?.Through ?? 0;

    /// <summary>As it is told to the partner.</summary>
    public LedgerResume ToResume() => new()
    {
        LedgerId = LedgerId,
        Position = Position,
        Chain = ByteString.CopyFrom(Chain),
        RecordedAt = RecordedAt,
        Coverage = { Covered.Select(c => new AgreementCoverage { AgreementId = c.Agreement, KeyVersion = c.Version, ThroughPosition = c.Through }) },
    };

    /// <summary>The same with an agreement complete up to a position.</summary>
    public ReceivedState With(string agreement, uint version, long through) => this with
    {
        Covered = [.. Covered.Where(c => c.Agreement != agreement || c.Version != version), new Coverage(agreement, version, through)],
    };

    /// <summary>Reads a row.</summary>
    public static ReceivedState Parse(byte[] row) => JsonSerializer.Deserialize<ReceivedState>(row)!;

    /// <summary>As it is kept.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);
}

/// <summary>How far one agreement is complete under one token key.</summary>
/// <param name="Agreement">The agreement.</param>
/// <param name="Version">Version of the token key.</param>
/// <param name="Through">Position of the origin's ledger.</param>
public sealed record Coverage(string Agreement, uint Version, long Through);

/// <summary>An event that was refused.</summary>
/// <param name="Position">Its position at the origin.</param>
/// <param name="Reason">Why.</param>
public sealed record Refused(long Position, ErrorReason Reason);
