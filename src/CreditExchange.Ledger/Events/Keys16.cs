using System.Buffers.Binary;

namespace CreditExchange.Ledger;

/// <summary>MAC of agency, method and request id: finds the event that a retry repeats. 16 bytes.</summary>
public readonly record struct RequestKey(UInt128 Value)
{
    /// <summary>Reads 16 bytes.</summary>
    public static RequestKey Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes 16 bytes.</summary>
    public void WriteTo(Span<byte> target) => BinaryPrimitives.WriteUInt128BigEndian(target, Value);
}

/// <summary>MAC over the parsed and normalised request: tells a retry from another request under the same id. 16 bytes.</summary>
public readonly record struct ContentMac(UInt128 Value)
{
    /// <summary>Reads 16 bytes.</summary>
    public static ContentMac Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes 16 bytes.</summary>
    public void WriteTo(Span<byte> target) => BinaryPrimitives.WriteUInt128BigEndian(target, Value);
}

/// <summary>MAC of agency, list, subject and source_ref: unique among live listings. 16 bytes.</summary>
public readonly record struct SourceKey(UInt128 Value)
{
    /// <summary>Reads 16 bytes.</summary>
    public static SourceKey Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes 16 bytes.</summary>
    public void WriteTo(Span<byte> target) => BinaryPrimitives.WriteUInt128BigEndian(target, Value);
}
