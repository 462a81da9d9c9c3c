using CreditExchange.Domain.Agencies;
using CreditExchange.Hub.Access;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Streams.Consumers;

/// <summary>Says what consumers told, and how far each is behind.</summary>
public sealed class ConsumerLookup(ConsumerBook book, ILedger ledger, TimeProvider time)
{
    /// <summary>For operators all, for others their own agency's.</summary>
    /// <exception cref="LedgerUnavailableException">The ledger could not be read.</exception>
    public ListConsumersResponse List(Caller caller)
    {
        var consumers = book.Read(caller.Has(Scopes.System) ? null : caller.AgencyId);
        // After them, so that none is beyond it.
        var response = new ListConsumersResponse { Head = ledger.Head, LedgerId = ledger.LedgerId };
        foreach (var consumer in consumers)
        {
            response.Consumers.Add(Describe(consumer, response.Head));
        }

        return response;
    }

    private Consumer Describe(KeptConsumer consumer, long head)
    {
        var state = consumer.State!;
        var told = new Consumer
        {
            AgencyId = consumer.Agency,
            Name = consumer.Name,
            Position = state.Position,
            Lag = Math.Max(0, head - state.Position),
            ToldAt = Timestamp.FromDateTimeOffset(state.ToldAt),
            RefusedCount = state.RefusedCount,
            Refused = { state.Refused.Select(r => new RefusedUpdate { Position = r.Position, Reason = r.Reason }) },
        };
        if (told.Lag > 0)
        {
            var age = time.GetUtcNow() - ledger.Read(state.Position + 1, 1)[0].RecordedAt;
            told.Behind = Duration.FromTimeSpan(age > TimeSpan.Zero ? age : TimeSpan.Zero);
        }

        return told;
    }
}
