using CreditExchange.Ledger.Proofs;
using CreditExchange.V1;

namespace CreditExchange.Ledger;

/// <summary>One row of the ledger, sealed as it is stored. Immutable once handed out; its bytes must not be changed.</summary>
public sealed class StoredEvent
{
    // chain 32, commitment 32, personal digest 32, open salt 16: one array instead of four.
    internal const int ProofSize = 112;

    // Of an event read for a view: nothing personal, as far as the view can tell.
    internal static readonly byte[] NoProof = [.. new byte[64], .. Commitments.NothingPersonal, .. new byte[16]];

    internal StoredEvent(long entity, long revision, EventKind kind, byte[] proof, ReadOnlyMemory<byte> open, byte[]? sealedBytes)
    {
        Entity = entity;
        Revision = revision;
        Kind = kind;
        Proof = proof;
        Open = open;
        Sealed = sealedBytes;
    }

    internal byte[] Proof { get; }

    internal long RecordedAtMicros { get; set; }

    /// <summary>Place in the ledger: from 1, no gaps, commit order.</summary>
    public long Position { get; internal set; }

    /// <summary>When it was recorded, to the microsecond; never before an earlier position's.</summary>
    public DateTimeOffset RecordedAt => Micros.ToInstant(RecordedAtMicros);

    /// <summary>What it is about.</summary>
    public long Entity { get; }

    /// <summary>The entity's revision after it, from 1.</summary>
    public long Revision { get; }

    /// <summary>What happened.</summary>
    public EventKind Kind { get; }

    /// <summary>H(chain before ‖ position ‖ recorded_at ‖ entity ‖ revision ‖ kind ‖ commitment), 32 bytes.</summary>
    public ReadOnlySpan<byte> Chain => Proof.AsSpan(0, 32);

    /// <summary>H(suite ‖ H(open salt ‖ open) ‖ personal digest), 32 bytes.</summary>
    public ReadOnlySpan<byte> Commitment => Proof.AsSpan(32, 32);

    /// <summary>H(personal salt ‖ personal), 32 bytes; H of nothing where nothing is personal.</summary>
    public ReadOnlySpan<byte> PersonalDigest => Proof.AsSpan(64, 32);

    /// <summary>16 bytes hashed before the open part.</summary>
    public ReadOnlySpan<byte> OpenSalt => Proof.AsSpan(96, 16);

    /// <summary>The open part: a LedgerEvent without what the writer assigned.</summary>
    public ReadOnlyMemory<byte> Open { get; }

    /// <summary>The sealed personal part; null where nothing is personal, or it was erased.</summary>
    public byte[]? Sealed { get; }

    /// <summary>The request that made it, where one did.</summary>
    public RequestKey? RequestKey { get; internal init; }

    /// <summary>That request's content.</summary>
    public ContentMac? ContentMac { get; internal init; }

    /// <summary>
    /// Subjects under which the entity is found after it; null for an event read back from the store, which keeps them only
    /// for the newest event of an entity (<see cref="StateRow"/>).
    /// </summary>
    public IReadOnlyList<SubjectEntry>? Subjects { get; internal init; }

    /// <summary>
    /// The open part as it was appended, without what the writer assigned; null for an event read back from the store. Spares
    /// the views a parse. Not to be changed.
    /// </summary>
    public LedgerEvent? OpenMessage { get; private set; }

    /// <summary>
    /// The follower has taken it over: what only it needed may go. Thousands of parsed messages that the newest events' ring
    /// kept alive were what garbage collections spent their time on.
    /// </summary>
    public void Applied() => OpenMessage = null;

    /// <summary>Gives the event its place, and its chain by what stands before it.</summary>
    internal StoredEvent Place(ReadOnlySpan<byte> chainBefore, long position, long recordedAtMicros)
    {
        Position = position;
        RecordedAtMicros = recordedAtMicros;
        Commitments.Link(chainBefore, position, recordedAtMicros, Entity, Revision, Kind, Commitment, Proof.AsSpan(0, 32));
        return this;
    }

    internal StoredEvent With(LedgerEvent open)
    {
        OpenMessage = open;
        return this;
    }

    // After an erasure: as the store has it now.
    internal StoredEvent WithoutSealed() => new(Entity, Revision, Kind, Proof, Open, null)
    {
        Position = Position,
        RecordedAtMicros = RecordedAtMicros,
        RequestKey = RequestKey,
        ContentMac = ContentMac,
        Subjects = [],
    };

    /// <summary>Whether a personal part existed and was erased.</summary>
    public bool IsErased => Sealed is null && !PersonalDigest.SequenceEqual(Commitments.NothingPersonal);
}

/// <summary>An entity's newest event with what finds it, for rebuilding views.</summary>
/// <param name="Entity">The entity.</param>
/// <param name="Position">Position of its newest event.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="State">State of a listing; else unspecified.</param>
/// <param name="IsLive">Whether it is not final.</param>
/// <param name="Subjects">Subject entries, 26 bytes each: <see cref="SubjectEntry.Read"/>.</param>
/// <param name="Source">Its source key, where it has one.</param>
/// <param name="Event">The newest event.</param>
public sealed record StateRow(
    long Entity, long Position, long Revision, ListingState State, bool IsLive, ReadOnlyMemory<byte> Subjects, SourceKey? Source, StoredEvent Event);
