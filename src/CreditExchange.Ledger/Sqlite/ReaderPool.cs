using System.Collections.Concurrent;
using System.Diagnostics;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>
/// Read connections: opened as needed, a few kept. Each use is one read transaction, and while it lasts the log can't begin anew: who
/// reads much reads it in pages.
/// </summary>
internal sealed class ReaderPool(string file) : IDisposable
{
    private const int Kept = 8;
    private readonly ConcurrentBag<LedgerReader> _idle = [];
    private long _longest;

    /// <summary>How long the longest use took.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref _longest));

    public TResult Use<TArgument, TResult>(TArgument argument, Func<LedgerReader, TArgument, TResult> read)
    {
        LedgerReader? reader = null;
        try
        {
            if (!_idle.TryTake(out reader))
            {
                reader = new LedgerReader(Database.OpenReader(file));
            }

            var began = Stopwatch.GetTimestamp();
            var result = read(reader, argument);
            Note(Stopwatch.GetElapsedTime(began).Ticks);
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

    private void Note(long took)
    {
        long longest;
        while ((longest = Volatile.Read(ref _longest)) < took && Interlocked.CompareExchange(ref _longest, took, longest) != longest)
        {
            // Another reader noted a longer one meanwhile.
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
