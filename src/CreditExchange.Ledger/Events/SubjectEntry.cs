using System.Buffers.Binary;
using CreditExchange.Domain.Subjects;

namespace CreditExchange.Ledger;

/// <summary>One subject under which an entity is found.</summary>
/// <param name="Key">The subject's key.</param>
/// <param name="Role">0: the listing's subject; else a number of the caller's for the role.</param>
/// <param name="NameTag">Keyed tag of the subject's name, to notice a name that doesn't match; 0: none.</param>
public readonly record struct SubjectEntry(SubjectKey Key, byte Role, ulong NameTag)
{
    /// <summary>Bytes of one entry: key 17, role 1, name tag 8.</summary>
    public const int Size = 26;

    /// <summary>Writes entries one after another.</summary>
    public static byte[] Write(IReadOnlyList<SubjectEntry> entries)
    {
        if (entries.Count == 0)
        {
            return [];
        }

        var bytes = new byte[entries.Count * Size];
        for (var i = 0; i < entries.Count; i++)
        {
            var target = bytes.AsSpan(i * Size, Size);
            entries[i].Key.WriteTo(target[..17]);
            target[17] = entries[i].Role;
            BinaryPrimitives.WriteUInt64BigEndian(target[18..], entries[i].NameTag);
        }

        return bytes;
    }

    /// <summary>Reads the n-th entry of a blob that <see cref="Write"/> made.</summary>
    public static SubjectEntry Read(ReadOnlySpan<byte> blob, int index)
    {
        var source = blob.Slice(index * Size, Size);
        return new SubjectEntry(SubjectKey.Read(source[..17]), source[17], BinaryPrimitives.ReadUInt64BigEndian(source[18..]));
    }

    /// <summary>Reads all entries of a blob.</summary>
    public static SubjectEntry[] ReadAll(ReadOnlySpan<byte> blob)
    {
        if (blob.IsEmpty)
        {
            return [];
        }

        var entries = new SubjectEntry[blob.Length / Size];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = Read(blob, i);
        }

        return entries;
    }
}
