using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>Copies the write-ahead log back into ledger.db beside the writer, on a connection and a thread of its own.</summary>
internal sealed class CheckpointLoop : IDisposable
{
    private const int Turns = 6;
    private const int FewPages = 1024;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);
    private readonly LedgerOptions _options;
    private readonly ILogger _logger;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly string _log;

    public CheckpointLoop(LedgerOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _log = options.LedgerFile + "-wal";
        _thread = new Thread(Run) { IsBackground = true, Name = "ledger checkpoints" };
    }

    public void Start() => _thread.Start();

    private void Run()
    {
        Database? database = null;
        while (!_stop.Wait(s_pause))
        {
            try
            {
                var log = new FileInfo(_log);
                if (!log.Exists || log.Length < _options.CheckpointMegabytes * 1024L * 1024L)
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

                Traps.Reach("checkpoint.before-truncate");
                database.Check(raw.sqlite3_wal_checkpoint_v2(database.Handle, "main", raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _));
                Traps.Reach("checkpoint.after-truncate");
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
