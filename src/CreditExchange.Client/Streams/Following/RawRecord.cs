using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace CreditExchange.Client.Streams.Following;

/// <summary>A record where librdkafka has it; to be used until it is released.</summary>
internal readonly unsafe struct RawRecord(nint address)
{
    private readonly Layout* at = (Layout*)address;

    /// <summary>What came instead of a record: an error, or the end of the partition.</summary>
    public ErrorCode Error => (ErrorCode)at->Error;

    public int Partition => at->Partition;

    public long Offset => at->Offset;

    /// <summary>Whether it has a value; one without is a tombstone.</summary>
    public bool HasValue => at->Value != null;

    public ReadOnlySpan<byte> Value => new(at->Value, (int)at->ValueSize);

    public ReadOnlySpan<byte> Key => new(at->Key, (int)at->KeySize);

    /// <summary>Its headers; 0: none. Parsed by the library once, so only one thread at a time may ask.</summary>
    public nint Headers => RecordQueue.rd_kafka_message_headers((nint)at, out var headers) == 0 ? headers : 0;

    /// <summary>A header by its index.</summary>
    /// <returns>False: there are no more.</returns>
    public static bool TryHeader(nint headers, int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        if (headers == 0 || RecordQueue.rd_kafka_header_get_all(headers, (nuint)index, out var namePointer, out var valuePointer, out var size) != 0)
        {
            name = value = default;
            return false;
        }

        name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)namePointer);
        value = new ReadOnlySpan<byte>((byte*)valuePointer, (int)size);
        return true;
    }

    /// <summary>A copy to keep.</summary>
    public StreamRecord ToRecord(string topic)
    {
        var list = new List<KeyValuePair<string, byte[]>>();
        var headers = Headers;
        for (var i = 0; TryHeader(headers, i, out var name, out var value); i++)
        {
            list.Add(KeyValuePair.Create(System.Text.Encoding.UTF8.GetString(name), value.ToArray()));
        }

        return new StreamRecord(topic, Partition, Offset, at->Key == null ? null : Key.ToArray(), HasValue ? Value.ToArray() : null, list);
    }

    // rd_kafka_message_t of librdkafka's public header.
    [StructLayout(LayoutKind.Sequential)]
    private struct Layout
    {
        public int Error;
        public nint Topic;
        public int Partition;
        public byte* Value;
        public nuint ValueSize;
        public byte* Key;
        public nuint KeySize;
        public long Offset;
        public nint Private;
    }
}
