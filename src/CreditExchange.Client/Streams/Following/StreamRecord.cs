using System.Text;

namespace CreditExchange.Client.Streams.Following;

/// <summary>Why a record can't be understood. Numbers and names are stable.</summary>
public enum PoisonReason
{
    /// <summary>It can.</summary>
    None = 0,

    /// <summary>A header is missing or has another form than it must.</summary>
    Headers = 1,

    /// <summary>The value has another schema or content type.</summary>
    Schema = 2,

    /// <summary>The value is not what its schema says, or is missing.</summary>
    Value = 3,

    /// <summary>Header and value tell different positions or commitments.</summary>
    Contradiction = 4,

    /// <summary>The key belongs into another partition, or is missing.</summary>
    Partition = 5,

    /// <summary>The hub gave a key and the sealed content can't be opened with it.</summary>
    SealedContent = 6,
}

/// <summary>A record as it stood in its topic.</summary>
public sealed class StreamRecord
{
    internal StreamRecord(string topic, int partition, long offset, byte[]? key, byte[]? value, IReadOnlyList<KeyValuePair<string, byte[]>> headers)
    {
        Topic = topic;
        Partition = partition;
        Offset = offset;
        Key = key;
        Value = value;
        Headers = headers;
    }

    /// <summary>Topic.</summary>
    public string Topic { get; }

    /// <summary>Partition.</summary>
    public int Partition { get; }

    /// <summary>Offset.</summary>
    public long Offset { get; }

    /// <summary>Key; null: none.</summary>
    public byte[]? Key { get; }

    /// <summary>Value; null: none.</summary>
    public byte[]? Value { get; }

    /// <summary>Headers in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, byte[]>> Headers { get; }

    /// <summary>The text of the last header of a name; null: there is none.</summary>
    public string? Header(string name)
    {
        for (var i = Headers.Count - 1; i >= 0; i--)
        {
            if (Headers[i].Key == name)
            {
                return Encoding.ASCII.GetString(Headers[i].Value);
            }
        }

        return null;
    }
}
