using Confluent.Kafka;

namespace CreditExchange.Streaming.Relay;

/// <summary>What of a batch the brokers have not confirmed yet. Reports come on a thread of librdkafka's client.</summary>
internal sealed class UnconfirmedBatch(IReadOnlyList<TopicWriter> topics)
{
    private readonly Lock gate = new();
    private TaskCompletionSource? empty;
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
                empty?.TrySetResult();
            }
        }
    }

    /// <summary>Waits until nothing is unconfirmed.</summary>
    /// <exception cref="KafkaException">A record failed.</exception>
    /// <exception cref="TimeoutException">The brokers did not answer in time.</exception>
    public async Task DoneAsync(TimeSpan patience, TimeProvider time)
    {
        Task waiting;
        lock (gate)
        {
            empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (open == 0)
            {
                empty.SetResult();
            }

            waiting = empty.Task;
        }

        await waiting.WaitAsync(patience, time);
        lock (gate)
        {
            if (error is { } first)
            {
                throw new KafkaException(first);
            }
        }
    }
}
