namespace CreditExchange.Streaming.Inbound;

/// <summary>A partner's stream that comes in. Section "Kafka:Inbound:n".</summary>
public sealed class InboundOptions
{
    /// <summary>The partner: an agency of the ledger.</summary>
    public string Partner { get; set; } = "";

    /// <summary>Brokers of the partner, "host:port" separated by commas.</summary>
    /// <value>The default is Kafka:BootstrapServers.</value>
    public string BootstrapServers { get; set; } = "";

    /// <summary>Topic of its events, made for this hub.</summary>
    public string EventsTopic { get; set; } = "";

    /// <summary>Its ledger and epoch; empty: that of the first record. A restored partner opens another epoch, which is admitted here.</summary>
    public string LedgerId { get; set; } = "";

    /// <summary>File with the public keys of its checkpoints: SubjectPublicKeyInfo in base64, one in a line.</summary>
    public string KeysFile { get; set; } = "";

    /// <summary>Where records go that can't be used, with the reason.</summary>
    /// <value>The default is creditexchange.dead-letters.PARTNER.</value>
    public string DeadLetterTopic { get; set; } = "";

    /// <summary>Further settings by librdkafka's names.</summary>
    /// <value>The default is Kafka:Settings.</value>
    public Dictionary<string, string> Settings { get; init; } = [];

    internal string DeadLetters => DeadLetterTopic.Length > 0 ? DeadLetterTopic : $"creditexchange.dead-letters.{Partner}";

    /// <summary>What can't be used, each in one line with its key and what is allowed.</summary>
    internal IEnumerable<string> Faults(string key, string brokers)
    {
        if (Partner.Length == 0)
        {
            yield return $"{key}:Partner is empty; an agency of the ledger is needed.";
        }

        if (EventsTopic.Length == 0)
        {
            yield return $"{key}:EventsTopic is empty; the partner's topic is needed.";
        }

        if (BootstrapServers.Length + brokers.Length == 0)
        {
            yield return $"{key}:BootstrapServers is empty, and so is Kafka:BootstrapServers.";
        }

        if (!File.Exists(KeysFile))
        {
            yield return $"{key}:KeysFile is '{KeysFile}'; there is no such file. Checkpoints are believed by the partner's public keys only.";
        }
    }

    /// <summary>The keys in the file.</summary>
    /// <exception cref="FormatException">A line is not base64.</exception>
    internal IReadOnlyList<byte[]> Keys() =>
        [.. File.ReadAllLines(KeysFile).Select(l => l.Trim()).Where(l => l.Length > 0).Select(Convert.FromBase64String)];
}
