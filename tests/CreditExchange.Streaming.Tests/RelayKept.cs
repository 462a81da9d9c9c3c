using CreditExchange.Ledger;
using CreditExchange.Streaming.Relay;
using CreditExchange.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Streaming.Tests;

/// <summary>What a hub keeps of its default stream.</summary>
internal static class RelayKept
{
    /// <summary>Everything up to here is in the topics by the store's word; 0: nothing is kept.</summary>
    public static long Through(HubServer hub) =>
        RelayedPosition.Read(hub.Services.GetRequiredService<ILedger>().Progress, "platform").Position;
}
