using Confluent.Kafka;

namespace CreditExchange.Client.Streams.Following;

/// <summary>Records that came together; they stay where librdkafka has them until it is disposed of.</summary>
internal sealed class RecordBatch(nint[] addresses, int count) : IDisposable
{
    private int left = count;

    /// <summary>Nothing came.</summary>
    public static RecordBatch None { get; } = new([], 0);

    /// <summary>How many.</summary>
    public int Count => left;

    /// <summary>What they say, when they have been parsed; in their order.</summary>
    public ParsedRecord[] Parsed { get; private set; } = [];

    /// <summary>One of them.</summary>
    public RawRecord this[int index] => new(addresses[index]);

    /// <summary>Reads all.</summary>
    public RecordBatch Parse(RecordParser parser)
    {
        var parsed = new ParsedRecord[left];
        for (var i = 0; i < parsed.Length; i++)
        {
            parsed[i] = parser.Parse(this[i]);
        }

        Parsed = parsed;
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (; left > 0; left--)
        {
            RecordQueue.Release(addresses[left - 1]);
        }
    }
}
