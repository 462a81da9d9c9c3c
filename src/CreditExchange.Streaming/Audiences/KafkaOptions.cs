using System.Text.RegularExpressions;
using CreditExchange.Streaming.Inbound;

namespace CreditExchange.Streaming.Audiences;

/// <summary>Where streams go. Section "Kafka"; without BootstrapServers and partners nothing of Kafka is loaded.</summary>
public sealed partial class KafkaOptions
{
    /// <summary>Brokers, "host:port" separated by commas; empty: no Kafka.</summary>
    public string BootstrapServers { get; set; } = "";

    /// <summary>Further settings by librdkafka's names, for example security.protocol or sasl.password; those of the relay itself win.</summary>
    public Dictionary<string, string> Settings { get; init; } = [];

    /// <summary>Whether the brokers have transactions: then a batch stands in both topics whole or not at all.</summary>
    /// <value>The default is true. False for brokers without: a relay that was paused may then leave doubles, which consumers drop.</value>
    public bool Transactions { get; set; } = true;

    /// <summary>For whom streams are made; none: one, "platform", with its two topics.</summary>
    public List<AudienceOptions> Audiences { get; init; } = [];

    /// <summary>Partners' streams that come in; none: none.</summary>
    public List<InboundOptions> Inbound { get; init; } = [];

    /// <summary>Whether streams go out.</summary>
    public bool IsUsed => BootstrapServers.Length > 0;

    /// <summary>The audiences with what is left out filled in.</summary>
    public IReadOnlyList<AudienceOptions> Filled() =>
        Audiences.Count == 0 ? [new AudienceOptions { Name = AudienceOptions.Default }.Filled()] : [.. Audiences.Select(a => a.Filled())];

    /// <summary>What can't be used, each in one line with its key and what is allowed.</summary>
    public IEnumerable<string> Faults()
    {
        for (var i = 0; i < Inbound.Count; i++)
        {
            foreach (var fault in Inbound[i].Faults($"Kafka:Inbound:{i}", BootstrapServers))
            {
                yield return fault;
            }
        }

        foreach (var twice in Inbound.GroupBy(p => p.Partner).Where(g => g.Count() > 1))
        {
            yield return $"Kafka:Inbound has '{twice.Key}' {twice.Count()} times; a partner has one stream.";
        }

        if (!IsUsed)
        {
            yield break;
        }

        var all = Filled();
        for (var i = 0; i < all.Count; i++)
        {
            var (audience, key) = (all[i], $"Kafka:Audiences:{i}");
            if (!Name().IsMatch(audience.Name))
            {
                yield return $"{key}:Name is '{audience.Name}'; allowed: 1 to 63 of a-z, 0-9 and hyphens.";
            }

            foreach (var (topic, name) in new[] { (audience.EventsTopic, "EventsTopic"), (audience.StateTopic, "StateTopic") })
            {
                if (!Topic().IsMatch(topic))
                {
                    yield return $"{key}:{name} is '{topic}'; allowed: 1 to 249 of letters, digits, dots, underscores and hyphens.";
                }
            }

            if (audience.Generation is < 1 or > 1_000_000)
            {
                yield return $"{key}:Generation is {audience.Generation}; allowed: 1 to 1000000.";
            }

            if (audience.TokenKeyFile.Length > 0 && !File.Exists(audience.TokenKeyFile))
            {
                yield return $"{key}:TokenKeyFile is '{audience.TokenKeyFile}'; there is no such file.";
            }
        }

        foreach (var twice in all.GroupBy(a => a.Name).Where(g => g.Count() > 1))
        {
            yield return $"Kafka:Audiences has '{twice.Key}' {twice.Count()} times; a name stands for one stream.";
        }

        foreach (var twice in all.SelectMany(a => new[] { a.EventsTopic, a.StateTopic }).GroupBy(t => t).Where(g => g.Count() > 1))
        {
            yield return $"Kafka:Audiences uses the topic '{twice.Key}' {twice.Count()} times; each stream has two of its own.";
        }
    }

    [GeneratedRegex("^[a-z0-9-]{1,63}$")]
    private static partial Regex Name();

    [GeneratedRegex("^[A-Za-z0-9._-]{1,249}$")]
    private static partial Regex Topic();
}

/// <summary>One audience. Section "Kafka:Audiences:n".</summary>
public sealed class AudienceOptions
{
    /// <summary>The audience that is there when none is named.</summary>
    public const string Default = "platform";

    private const string Events = "creditexchange.listing-events.v1";
    private const string State = "creditexchange.listing-state.v1";

    /// <summary>Its name, part of its keys: 1 to 63 of a-z, 0-9 and hyphens.</summary>
    public string Name { get; set; } = "";

    /// <summary>The agency that receives it: its rights decide what is seen, and it alone gets keys of sealed content.</summary>
    /// <value>The default is the name.</value>
    public string Agency { get; set; } = "";

    /// <summary>Topic of the events.</summary>
    /// <value>The default is creditexchange.listing-events.v1, with the audience's name behind a dot for others than "platform".</value>
    public string EventsTopic { get; set; } = "";

    /// <summary>Compacted topic of the listings that are not final.</summary>
    /// <value>The default is creditexchange.listing-state.v1, with the audience's name behind a dot for others than "platform".</value>
    public string StateTopic { get; set; } = "";

    /// <summary>Generation of the topics: from 2 on their names end in "-g2" and so on. Begin the next for another token key or
    /// another count of partitions; it is written from the ledger's first position.</summary>
    /// <value>The default is 1.</value>
    public int Generation { get; set; } = 1;

    /// <summary>File with the key agreed with the audience for its subject tokens, 32 bytes in base64; empty: derived by the hub, and
    /// known to nobody else.</summary>
    public string TokenKeyFile { get; set; } = "";

    internal AudienceOptions Filled() => new()
    {
        Name = Name,
        Agency = Agency.Length > 0 ? Agency : Name,
        EventsTopic = Topic(EventsTopic, Events),
        StateTopic = Topic(StateTopic, State),
        Generation = Generation,
        TokenKeyFile = TokenKeyFile,
    };

    private string Topic(string given, string otherwise) =>
        (given.Length > 0 ? given : Name == Default ? otherwise : $"{otherwise}.{Name}") + (Generation > 1 ? $"-g{Generation}" : "");
}
