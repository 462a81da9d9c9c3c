using System.Buffers.Binary;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Snapshots;

/// <summary>
/// One listing in a snapshot's file: where its content lies, never the content. So an erasure in the ledger is one here too,
/// and a file holds nothing personal.
/// </summary>
/// <param name="Entity">The listing.</param>
/// <param name="Position">Position of its last event at or below the snapshot's.</param>
/// <param name="Revision">Its revision then.</param>
/// <param name="Group">Number of its <see cref="SnapshotGroup"/> in the file.</param>
public readonly record struct SnapshotEntry(long Entity, long Position, int Revision, int Group)
{
    /// <summary>Bytes of an entry: entity 8, position 8, revision 4, group 4, commitment 32; integers are little-endian.</summary>
    public const int Size = 56;

    /// <summary>Where the commitment lies in it.</summary>
    public const int CommitmentAt = 24;

    /// <summary>Writes it with the commitment of its event.</summary>
    public void Write(Span<byte> to, ReadOnlySpan<byte> commitment)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, Entity);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Position);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], Revision);
        BinaryPrimitives.WriteInt32LittleEndian(to[20..], Group);
        commitment.CopyTo(to[CommitmentAt..Size]);
    }

    /// <summary>Reads one.</summary>
    public static SnapshotEntry Read(ReadOnlySpan<byte> from) => new(
        BinaryPrimitives.ReadInt64LittleEndian(from),
        BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
        BinaryPrimitives.ReadInt32LittleEndian(from[16..]),
        BinaryPrimitives.ReadInt32LittleEndian(from[20..]));
}

/// <summary>
/// All that filter and field mask ask of a listing. There are some hundreds of these among a million listings, so who may see
/// which rows is found per group, and the rows need not be opened for it.
/// </summary>
/// <param name="ListCode">Its list.</param>
/// <param name="Region">Region of its origin.</param>
/// <param name="Agency">Agency of its origin.</param>
/// <param name="State">Its state at the snapshot's position.</param>
/// <param name="IsOrganisation">Whether its subject is known in clear to be no natural person.</param>
public sealed record SnapshotGroup(string ListCode, string Region, string Agency, ListingState State, bool IsOrganisation)
{
    /// <summary>The group of a listing, by its open part.</summary>
    public static SnapshotGroup Of(in ListingOutline open) => new(
        open.ListCode,
        open.Region,
        open.Agency,
        open.State,
        open.SubjectKind is { } kind && !Domain.Subjects.SubjectIds.IsNaturalPerson(kind));

    /// <summary>A listing of the group, to ask filter and mask with.</summary>
    public Listing Sample() => new()
    {
        ListingId = "-",
        Revision = 1,
        ListCode = ListCode,
        Origin = new Origin { Region = Region, Agency = Agency },
        State = State,
        Subject = IsOrganisation ? new SubjectId { Kind = IdKind.Uscc } : null,
    };
}
