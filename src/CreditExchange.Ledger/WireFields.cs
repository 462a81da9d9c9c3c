using Google.Protobuf;

namespace CreditExchange.Ledger;

/// <summary>The fields of one Protobuf message in stored bytes, one after the other, without making anything of them.</summary>
/// <remarks>
/// The library's reader copies every text and message it hands out; a start reads a dozen of them a listing. Compiled into each
/// project that reads stored bytes.
/// </remarks>
internal ref struct WireFields(ReadOnlySpan<byte> message)
{
    private readonly int length = message.Length;
    private ReadOnlySpan<byte> rest = message;

    /// <summary>Where the current field begins in the message.</summary>
    public int At { get; private set; }

    /// <summary>Number of the current field.</summary>
    public int Number { get; private set; }

    /// <summary>Whether it has a fixed length: neither number, text nor message.</summary>
    public bool IsFixed { get; private set; }

    /// <summary>Its bytes, when it is length-delimited; else empty.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Its value, when it is a varint; else 0.</summary>
    public ulong Value { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public bool Next()
    {
        if (rest.IsEmpty)
        {
            return false;
        }

        At = length - rest.Length;
        var tag = Varint();
        Number = (int)(tag >> 3);
        Bytes = [];
        Value = 0;
        var type = (WireFormat.WireType)(tag & 7);
        IsFixed = type is WireFormat.WireType.Fixed32 or WireFormat.WireType.Fixed64;
        switch (type)
        {
            case WireFormat.WireType.Varint:
                Value = Varint();
                break;
            case WireFormat.WireType.LengthDelimited:
                Bytes = Take(Varint());
                break;
            case WireFormat.WireType.Fixed64:
                Take(8);
                break;
            case WireFormat.WireType.Fixed32:
                Take(4);
                break;
            default:
                throw Broken();
        }

        return true;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)rest.Length)
        {
            throw Broken();
        }

        var taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var i = 0; i < rest.Length && i < 10; i++)
        {
            value |= (ulong)(rest[i] & 0x7f) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return value;
            }
        }

        throw Broken();
    }

    private static InvalidDataException Broken() => new("The stored bytes are not a message.");
}
