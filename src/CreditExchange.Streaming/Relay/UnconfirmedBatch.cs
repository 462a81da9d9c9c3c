using Confluent.Kafka;

namespace CreditExchange.Streaming.Relay;

/// <summary>What of a batch the brokers have not confirmed yet. Reports come on a thread of librdkafka's client.</summary>
internal sealed class UnconfirmedBatch(IReadOnlyList<TopicWriter> topics)
{
    // A monitor, to wait on.
    private readonly object gate = new();
    private Error? error;
    private int open;

    /// <summary>A record was handed over.</summary>
    public void Sent()
    {
        lock (gate)
        {
            open++;
        }
    }

    /// <summary>A record was confirmed, or failed for good.</summary>
    public void Report(DeliveryReport<string, byte[]> report)
    {
        lock (gate)
        {
            open--;
            if (report.Error.IsError)
            {
                error ??= report.Error;
            }
            else
            {
                foreach (var topic in topics)
                {
                    topic.Confirmed(report.Topic, report.Partition.Value, report.Offset.Value);
                }
            }

            if (open == 0)
            {
                Monitor.PulseAll(gate);
            }
        }
    }

    /// <summary>Waits until nothing is unconfirmed.</summary>
    /// <exception cref="KafkaException">A record failed.</exception>
    /// <exception cref="TimeoutException">The brokers did not answer in time.</exception>
    public void WaitUntilDone(TimeSpan patience)
    {
        lock (gate)
        {
            while (open > 0)
            {
                if (!Monitor.Wait(gate, patience))
                {
                    throw new TimeoutException($"The brokers have not confirmed {open} records within {patience.TotalSeconds:F0} s.");
                }
            }

            if (error is { } first)
            {
                throw new KafkaException(first);
            }
        }
    }
}
