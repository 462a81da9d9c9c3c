using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Ledger.Tests;

/// <summary>A process that appends until it is killed, and says what was acknowledged.</summary>
internal static class KilledProcess
{
    public static async Task Main(string[] arguments)
    {
        var options = new LedgerOptions { DataFolder = arguments[0], CreateWrappingKey = true };
        await using var ledger = await SqliteLedger.OpenAsync(options, TimeProvider.System, NullLogger.Instance);
        var seed = ulong.Parse(arguments[1], System.Globalization.CultureInfo.InvariantCulture) * 1_000_000_000;
        var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var result = await ledger.AppendAsync(Drafts.Publish(ledger.ReserveEntity(), Interlocked.Increment(ref seed)));
                var stored = ((AppendResult.Committed)result).Event;
                await output.WriteLineAsync($"{stored.Position} {stored.Entity}.");
            }
        })));
    }
}
