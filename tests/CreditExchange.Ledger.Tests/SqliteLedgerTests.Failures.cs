using System.Diagnostics;
using System.Globalization;
using CreditExchange.Ledger.Sqlite;

namespace CreditExchange.Ledger.Tests;

public sealed partial class SqliteLedgerTests
{
    [Fact]
    public async Task A_full_disk_fails_the_group_and_later_events_go_on()
    {
        await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 1));
        using var pages = Database.OpenReader(LedgerFile);
        using var count = pages.Prepare("PRAGMA page_count");
        count.Step();
        var limit = count.Int64(0);
        count.Reset();

        // SQLite's own limit on the file's size: the real error of a full disk, from the writer's connection.
        Sqlite.Writer.BeforeCommit = database => database.Run($"PRAGMA max_page_count={limit}");
        await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 2));
        Sqlite.Writer.BeforeCommit = null;
        var wide = Enumerable.Range(10, 200).Select(i => Ledger.AppendAsync(Drafts.Publish(Ledger.ReserveEntity(), (ulong)i)).AsTask()).ToList();
        var failed = 0;
        foreach (var append in wide)
        {
            try
            {
                await append;
            }
            catch (LedgerUnavailableException)
            {
                failed++;
            }
        }

        Assert.True(failed > 0);

        // Retries: each has its one effect.
        foreach (var i in Enumerable.Range(10, 200))
        {
            var result = await Ledger.AppendAsync(Drafts.Publish(Ledger.ReserveEntity(), (ulong)i));
            Assert.True(result is AppendResult.Committed or AppendResult.RequestSeen { SameContent: true });
        }

        Assert.Equal(203, Ledger.Head);
        Assert.Null((await Ledger.VerifyAsync()).Fault);
    }

    [Fact]
    public async Task A_commit_whose_outcome_was_unknown_is_found_after_the_error()
    {
        Sqlite.Writer.BeforeCommit = database =>
        {
            database.Run("COMMIT");
            throw new IOException("the disk answered too late");
        };
        await Assert.ThrowsAsync<LedgerUnavailableException>(async () => await Ledger.AppendAsync(Drafts.Publish(Ledger.ReserveEntity(), 1)));
        Sqlite.Writer.BeforeCommit = null;
        await Ledger.WaitBeyondAsync(1).WaitAsync(TimeSpan.FromMinutes(1));
        var retry = Assert.IsType<AppendResult.RequestSeen>(await Ledger.AppendAsync(Drafts.Publish(Ledger.ReserveEntity(), 1)));
        Assert.Equal(2, retry.First.Position);
        Assert.Equal(3, (await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 2))).Position);
        Assert.Equal(3, Ledger.Read(1, 10).Count);
        Assert.Null((await Ledger.VerifyAsync()).Fault);
    }

    [Fact]
    public async Task Every_acknowledged_event_survives_kill_9()
    {
        await Ledger.DisposeAsync();
        var random = new Random(20260302);
        Dictionary<long, long> acknowledged = [];
        for (var round = 0; round < 5; round++)
        {
            var wanted = random.Next(20, 1500);
            using var child = Process.Start(new ProcessStartInfo("dotnet", [typeof(KilledProcess).Assembly.Location, _folder, $"{round + 1}"])
            {
                Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
                RedirectStandardOutput = true,
            })!;
            for (var read = 0; read < wanted && await child.StandardOutput.ReadLineAsync() is { } line; read++)
            {
                Note(acknowledged, line);
            }

            child.Kill();
            while (await child.StandardOutput.ReadLineAsync() is { } line)
            {
                Note(acknowledged, line);
            }

            await child.WaitForExitAsync();
        }

        await ReopenAsync();
        Assert.True(acknowledged.Count >= 100);
        Assert.Null((await Ledger.VerifyAsync()).Fault);
        foreach (var (position, entity) in acknowledged)
        {
            var stored = Assert.Single(Ledger.Read(position, 1));
            Assert.Equal(entity, stored.Entity);
            Assert.Equal(Drafts.Number, Ledger.Open(stored).Listing.Subject.Number);
        }
    }

    // "position entity."; a line without its full stop was cut off by the kill.
    private static void Note(Dictionary<long, long> acknowledged, string line)
    {
        if (line.EndsWith('.'))
        {
            var parts = line[..^1].Split(' ');
            acknowledged.Add(long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
        }
    }
}
