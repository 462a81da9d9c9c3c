using System.Collections.Concurrent;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>Read connections: opened as needed, a few kept.</summary>
internal sealed class ReaderPool(string file) : IDisposable
{
    private const int Kept = 8;
    private readonly ConcurrentBag<LedgerReader> _idle = [];

    public TResult Use<TArgument, TResult>(TArgument argument, Func<LedgerReader, TArgument, TResult> read)
    {
        LedgerReader? reader = null;
        try
        {
            if (!_idle.TryTake(out reader))
            {
                reader = new LedgerReader(Database.OpenReader(file));
            }

            var result = read(reader, argument);
            if (_idle.Count < Kept)
            {
                _idle.Add(reader);
                reader = null;
            }

            return result;
        }
        catch (StoreException failure)
        {
            throw new LedgerUnavailableException($"The ledger could not be read: {failure.Message}", failure);
        }
        finally
        {
            reader?.Dispose();
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }
}
