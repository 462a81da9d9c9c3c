using System.Globalization;
using CreditExchange.Domain.Errors;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Streams.Consumers;

/// <summary>All consumers that have told how far they are: in memory, and each in a row of the ledger's store.</summary>
public sealed class ConsumerBook
{
    /// <summary>How many consumers an agency may have.</summary>
    public const int MostOfAgency = 100;

    internal const string Rows = "consumer/";

    private readonly Lock gate = new();
    private readonly Dictionary<(string Agency, string Name), KeptConsumer> consumers = [];
    private readonly IProgressStore store;
    private readonly TimeProvider time;
    private readonly CancellationToken stopping;

    /// <summary>Reads what is kept.</summary>
    public ConsumerBook(ILedger ledger, TimeProvider time, IHostApplicationLifetime life)
    {
        (store, this.time, stopping) = (ledger.Progress, time, life.ApplicationStopping);
        foreach (var row in store.ReadAll(Rows))
        {
            var path = row.Name.Split('/');
            var kept = ConsumerState.Parse(row.Value);
            Add(path[1], path[2]).Load(row, kept.UpTo(ledger.CommonWith(kept.LedgerId), ledger.LedgerId));
        }
    }

    /// <summary>Those that are kept, in order of agency and name.</summary>
    /// <param name="agency">Whose; null: everybody's.</param>
    public IReadOnlyList<KeptConsumer> Read(string? agency = null)
    {
        lock (gate)
        {
            return
            [
                .. consumers.Values.Where(c => c.State is not null && (agency is null || c.Agency == agency))
                    .OrderBy(c => c.Agency, StringComparer.Ordinal).ThenBy(c => c.Name, StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>Keeps what a consumer tells; completes when it is durable.</summary>
    /// <exception cref="RuleViolation">CONSUMER_LIMIT: it is new, and the agency has as many as it may.</exception>
    /// <exception cref="LedgerUnavailableException">It could not be written.</exception>
    public Task<ConsumerState> TellAsync(string agency, string name, Acknowledgement told)
    {
        KeptConsumer? consumer;
        lock (gate)
        {
            if (!consumers.TryGetValue((agency, name), out consumer))
            {
                if (consumers.Keys.Count(k => k.Agency == agency) >= MostOfAgency)
                {
                    throw new RuleViolation(
                        ErrorReason.ConsumerLimit, "consumer", ("limit", MostOfAgency.ToString(CultureInfo.InvariantCulture)));
                }

                consumer = Add(agency, name);
            }
        }

        return consumer.TellAsync(told);
    }

    private KeptConsumer Add(string agency, string name) =>
        consumers[(agency, name)] = new KeptConsumer(agency, name, store, time, stopping);
}
