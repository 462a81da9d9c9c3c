using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>The epochs of a ledger: which id it has from which position on.</summary>
internal static class Epochs
{
    /// <summary>Those that the table has, in order.</summary>
    public static List<(long First, string LedgerId)> Read(Database database)
    {
        List<(long, string)> epochs = [];
        using var read = database.Prepare("SELECT first_position, ledger_id FROM epoch ORDER BY first_position");
        while (read.Step())
        {
            epochs.Add((read.Int64(0), read.Text(1)));
        }

        read.Reset();
        return epochs;
    }

    /// <summary>The ledger's id at a position; empty where there is no epoch at all.</summary>
    public static string LedgerIdAt(this IReadOnlyList<(long First, string LedgerId)> epochs, long position)
    {
        for (var i = epochs.Count - 1; i > 0; i--)
        {
            if (epochs[i].First <= position)
            {
                return epochs[i].LedgerId;
            }
        }

        return epochs.Count > 0 ? epochs[0].LedgerId : "";
    }

    /// <summary>Enters an epoch into the table.</summary>
    /// <returns>The event that opens it.</returns>
    public static EventDraft Begin(Database database, long entity, string ledgerId, long first, ReadOnlySpan<byte> chainBefore)
    {
        database.Run(FormattableString.Invariant($"INSERT INTO epoch(first_position, ledger_id) VALUES({first}, '{ledgerId}')"));
        return new EventDraft
        {
            Entity = entity,
            Revision = 1,
            Kind = EventKind.EpochOpened,
            Live = false,
            Open = new LedgerEvent
            {
                Kind = EventKind.EpochOpened,
                Actor = "hub",
                Epoch = new Epoch { LedgerId = ledgerId, FirstPosition = first, ChainBefore = ByteString.CopyFrom(chainBefore) },
            },
        };
    }
}
