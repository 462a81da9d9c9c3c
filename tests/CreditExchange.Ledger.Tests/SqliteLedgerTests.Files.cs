using System.Security.Cryptography;
using System.Text;
using CreditExchange.Ledger.Sqlite;
using CreditExchange.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Ledger.Tests;

public sealed partial class SqliteLedgerTests
{
    private string LedgerFile => Path.Combine(_folder, "ledger.db");

    private void Change(string sql)
    {
        using var database = Database.OpenWriter(LedgerFile, 4, 1000);
        database.Run(sql);
    }

    [Theory]
    [InlineData("UPDATE event SET open=substr(open,1,40)||x'ff'||substr(open,42) WHERE position=3", 3)]
    [InlineData("UPDATE event SET chain=CASE substr(chain,1,1) WHEN x'ff' THEN x'fe' ELSE x'ff' END||substr(chain,2) WHERE position=3", 3)]
    [InlineData("UPDATE event SET commitment=CASE substr(commitment,1,1) WHEN x'ff' THEN x'fe' ELSE x'ff' END||substr(commitment,2) WHERE position=3", 3)]
    [InlineData("UPDATE event SET sealed=substr(sealed,1,40)||CASE substr(sealed,41,1) WHEN x'ff' THEN x'fe' ELSE x'ff' END||substr(sealed,42) WHERE position=3", 3)]
    [InlineData("UPDATE event SET sealed=(SELECT sealed FROM event WHERE position=4) WHERE position=3", 3)]
    [InlineData("UPDATE event SET sealed=NULL WHERE position=3", 3)]
    [InlineData("UPDATE event SET recorded_at=recorded_at+1 WHERE position=3", 3)]
    [InlineData("UPDATE event SET kind=7 WHERE position=3", 3)]
    [InlineData("UPDATE event SET position=99 WHERE position=3", 3)]
    [InlineData("DELETE FROM event WHERE position=3", 3)]
    [InlineData("UPDATE state SET state=2 WHERE entity=3", 3)]
    [InlineData("UPDATE state SET position=4 WHERE entity=3", 4)]
    [InlineData("UPDATE state SET revision=2 WHERE entity=3", 3)]
    [InlineData("DELETE FROM state WHERE entity=3", 3)]
    [InlineData("DELETE FROM source WHERE entity=3", 3)]
    [InlineData("DELETE FROM request WHERE position=3", 3)]
    public async Task A_changed_byte_is_found(string change, long at)
    {
        for (var i = 1UL; i <= 4; i++)
        {
            await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), i));
        }

        Assert.True((await Ledger.VerifyAsync()).IsSound);
        Change(change);
        var report = await Ledger.VerifyAsync();
        Assert.False(report.IsSound);
        Assert.Equal(at, report.FaultPosition);
    }

    [Fact]
    public async Task Damage_at_the_end_keeps_the_ledger_closed()
    {
        await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 1));
        await Ledger.DisposeAsync();
        Change("UPDATE event SET chain=CASE substr(chain,1,1) WHEN x'ff' THEN x'fe' ELSE x'ff' END||substr(chain,2) WHERE position=2");
        var refused = await Assert.ThrowsAsync<LedgerRefusedException>(OpenAsync);
        Assert.Contains("position 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_without_its_epoch_is_refused()
    {
        await Ledger.DisposeAsync();
        Change("DELETE FROM epoch");
        Assert.Contains("EPOCH_OPENED", (await Assert.ThrowsAsync<LedgerRefusedException>(OpenAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await Ledger.DisposeAsync();
        Change("PRAGMA user_version=3");
        Assert.Contains("version 3", (await Assert.ThrowsAsync<LedgerRefusedException>(OpenAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_hub_is_refused_and_told_the_folder()
    {
        Assert.Contains(_folder, (await Assert.ThrowsAsync<LedgerRefusedException>(OpenAsync)).Message, StringComparison.Ordinal);
        await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 1));
    }

    [Fact]
    public async Task A_foreign_wrapping_key_is_refused()
    {
        await Ledger.DisposeAsync();
        var foreign = new LedgerOptions { DataFolder = _folder, WrappingKey = RandomNumberGenerator.GetBytes(32) };
        var refused = await Assert.ThrowsAsync<LedgerRefusedException>(() => SqliteLedger.OpenAsync(foreign, Time, NullLogger.Instance));
        Assert.Contains("another wrapping key", refused.Message, StringComparison.Ordinal);
        var shortKey = new LedgerOptions { DataFolder = _folder, WrappingKey = new byte[5] };
        await Assert.ThrowsAsync<LedgerRefusedException>(() => SqliteLedger.OpenAsync(shortKey, Time, NullLogger.Instance));
        var none = new LedgerOptions { DataFolder = _folder };
        await Assert.ThrowsAsync<LedgerRefusedException>(() => SqliteLedger.OpenAsync(none, Time, NullLogger.Instance));
        await ReopenAsync();
    }

    [Fact]
    public async Task The_wrapping_key_made_for_development_is_its_owners_only()
    {
        await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 1));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "keys", "wrapping.key")));
        }
    }

    [Fact]
    public async Task No_identity_number_or_name_stands_in_any_file()
    {
        for (var i = 1UL; i <= 200; i++)
        {
            await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), i));
        }

        var files = Directory.GetFiles(_folder, "*.db*");
        Assert.Contains(files, file => file.EndsWith("ledger.db-wal", StringComparison.Ordinal));
        Assert.Contains(files, file => file.EndsWith("keys.db", StringComparison.Ordinal));
        var found = false;
        foreach (var file in files)
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes);
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Drafts.Number)));
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Drafts.Name)));
            found |= bytes.AsSpan().IndexOf("court-460100"u8) >= 0;
        }

        Assert.True(found, "The scan finds what is open, so it would find a number.");
    }

    [Fact]
    public async Task Cleared_content_is_marked_erased()
    {
        var stored = await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 1));
        Change($"UPDATE event SET sealed=NULL WHERE position={stored.Position}");
        var read = Ledger.Last(stored.Entity)!;
        Assert.True(read.IsErased);
        var opened = Ledger.Open(read);
        Assert.Equal(Redaction.Erased, opened.Redaction);
        Assert.Null(opened.Listing.Subject);
    }

    [Fact]
    public async Task Background_events_go_behind_and_do_not_starve()
    {
        Sqlite.Queue.Hold(true);
        var behind = Enumerable.Range(1, 3).Select(i => Ledger.AppendAsync(Drafts.Publish(Ledger.ReserveEntity(), (ulong)i, background: true)).AsTask()).ToList();
        var front = Enumerable.Range(10, 5).Select(i => Ledger.AppendAsync(Drafts.Publish(Ledger.ReserveEntity(), (ulong)i)).AsTask()).ToList();
        Sqlite.Queue.Hold(false);
        var last = (await Task.WhenAll(front)).Max(result => ((AppendResult.Committed)result).Event.Position);
        var first = (await Task.WhenAll(behind)).Min(result => ((AppendResult.Committed)result).Event.Position);
        Assert.Equal(6, last);
        Assert.Equal(7, first);
    }

    [Fact]
    public void Background_events_join_after_enough_groups_passed_them_by()
    {
        var queue = new AppendQueue(new LedgerOptions { DataFolder = _folder, BackgroundPatience = 3, MaxGroup = 20 });
        PendingAppend Item(bool background)
        {
            var draft = Drafts.Publish(1, 1, background: background);
            return new PendingAppend(draft, new StoredEvent(1, 1, draft.Kind, [], default, null), [], null);
        }

        for (var i = 0; i < 5; i++)
        {
            queue.Add(Item(background: true));
        }

        List<int> joined = [];
        for (var i = 0; i < 8; i++)
        {
            queue.Add(Item(background: false));
            List<PendingAppend> group = [];
            queue.Take(group);
            joined.Add(group.Count(item => item.Draft.Background));
        }

        Assert.Equal([0, 0, 0, 2, 0, 0, 0, 2], joined);
    }
}
