namespace CreditExchange.Domain.Subjects;

/// <summary>Stands for a subject's number inside the hub. Stand-in until the subjects branch is merged.</summary>
public readonly record struct SubjectKey(byte Version, UInt128 Value)
{
    /// <summary>Bytes of a key.</summary>
    public const int Size = 17;

    /// <summary>Writes the 17 bytes.</summary>
    public void WriteTo(Span<byte> target)
    {
        target[0] = Version;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(target[1..], Value);
    }

    /// <summary>Reads 17 bytes.</summary>
    public static SubjectKey Read(ReadOnlySpan<byte> source) =>
        new(source[0], System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(source[1..]));
}
