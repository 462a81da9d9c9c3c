using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>
/// Copies the write-ahead log back into ledger.db beside the writer, on a connection and a thread of its own. The log's file is written
/// anew from its beginning: to cut it off took 45 ms for 64 MB, in which every publish waited.
/// </summary>
internal sealed class CheckpointLoop : IDisposable
{
    private const int Turns = 6;
    private const int FewPages = 1024;

    // A log that had to grow beyond so many times its size, behind a long reader or an import, is cut off after all.
    private const int Outgrown = 2;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);
    private readonly LedgerOptions _options;
    private readonly ILogger _logger;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly string _log;

    // What stands in the log since it began anew, as far as the writer has told.
    private long _pages;

    public CheckpointLoop(LedgerOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _log = options.LedgerFile + "-wal";
        // What a process that was killed left there.
        _pages = LogBytes() / Database.PageBytes;
        _thread = new Thread(Run) { IsBackground = true, Name = "ledger checkpoints" };
    }

    public void Start() => _thread.Start();

    /// <summary>The writer has committed so many pages more.</summary>
    public void Wrote(int pages) => Interlocked.Add(ref _pages, pages);

    private long LogBytes() => new FileInfo(_log) is { Exists: true } log ? log.Length : 0;

    private void Run()
    {
        Database? database = null;
        while (!_stop.Wait(s_pause))
        {
            try
            {
                var pages = Interlocked.Read(ref _pages);
                var most = _options.CheckpointMegabytes * 1024L * 1024L;
                if (pages == 0 || pages * Database.PageBytes < most)
                {
                    continue;
                }

                database ??= Database.OpenWriter(_options.LedgerFile, 4, 0);

                // PASSIVE holds nobody up, but can't begin the log anew while the writer appends. Each turn copies only what came
                // during the one before; the last, which the writer waits for, has then little left to copy.
                Traps.Reach("checkpoint.before-copy");
                var left = int.MaxValue;
                for (var turn = 0; turn < Turns && left > FewPages; turn++)
                {
                    database.Check(raw.sqlite3_wal_checkpoint_v2(
                        database.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var logged, out var copied));
                    left = logged - copied;
                }

                Traps.Reach("checkpoint.before-restart");
                var mode = LogBytes() > Outgrown * Math.Max(most, 1L << 20) ? raw.SQLITE_CHECKPOINT_TRUNCATE : raw.SQLITE_CHECKPOINT_RESTART;
                database.Check(raw.sqlite3_wal_checkpoint_v2(database.Handle, "main", mode, out _, out _));
                Interlocked.Add(ref _pages, -pages);
                Traps.Reach("checkpoint.after-restart");
            }
#pragma warning disable CA1031 // The log only grows until the next attempt.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                LedgerLog.LedgerCheckpointFailed(_logger, failure);
                database?.Dispose();
                database = null;
            }
        }

        database?.Dispose();
    }

    public void Dispose()
    {
        _stop.Set();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        _stop.Dispose();
    }
}
