using CreditExchange.Ledger.Backup;
using CreditExchange.Ledger.Sqlite;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Ledger.Tests;

/// <summary>Erasure, verification, rebuild, backup and restore of the files.</summary>
public sealed class MaintenanceTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("ledger-").FullName;
    private readonly FakeTime _time = FakeTime.OfWallClock(new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero));
    private readonly byte[] _wrapping = [.. Enumerable.Range(1, 32).Select(n => (byte)n)];
    private SqliteLedger _ledger = null!;

    private LedgerOptions Options => Of("data");

    public async Task InitializeAsync() => _ledger = await OpenAsync(Options);

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task An_erasure_leaves_positions_and_proofs_and_neither_content_nor_key()
    {
        var (kept, gone) = await FillAsync();
        var before = _ledger.Read(1, 100).Select(e => Convert.ToHexString(e.Chain)).ToList();
        var erasure = await EraseAsync(gone);

        Assert.Null(_ledger.Last(gone));
        Assert.Equal(erasure.Position, _ledger.ErasedAt(gone));
        Assert.DoesNotContain(_ledger.ReadState(0, 100), row => row.Entity == gone);
        Assert.All(_ledger.Read(1, 100).Where(e => e.Entity == gone && e.Position < erasure.Position), e =>
        {
            Assert.True(e.IsErased);
            Assert.Equal(Redaction.Erased, _ledger.Open(e).Redaction);
            Assert.Null(_ledger.Open(e).Listing.Subject);
        });
        Assert.Equal(before, _ledger.Read(1, before.Count).Select(e => Convert.ToHexString(e.Chain)));
        Assert.Equal(Drafts.Number, _ledger.Open(_ledger.Last(kept)!).Listing.Subject.Number);
        var report = await _ledger.VerifyAsync();
        Assert.Null(report.Fault);
        Assert.Equal((2L, 1L), (report.Erased, report.ErasedEntities));
    }

    [Fact]
    public async Task The_bytes_of_an_erased_entity_s_key_are_in_no_file()
    {
        var (_, gone) = await FillAsync();
        var wrapped = await WithAsync("keys.db", $"SELECT wrapped FROM data_key WHERE entity={gone}", static s => s.Blob(0).ToArray());
        Assert.True(Holds(wrapped), "the test would find it");
        await EraseAsync(gone);
        Assert.False(Holds(wrapped));

        bool Holds(byte[] bytes) => Directory.GetFiles(Options.DataFolder, "keys.db*").Any(f => ReadShared(f).AsSpan().IndexOf(bytes) >= 0);
    }

    [Fact]
    public async Task Erasures_and_the_rotation_of_the_wrapping_key_do_not_disturb_each_other()
    {
        const int Entities = 600;
        var entities = Enumerable.Range(0, Entities).Select(_ => _ledger.ReserveEntity()).ToList();
        await Task.WhenAll(entities.Select((entity, i) => _ledger.AppendAsync(Drafts.Publish(entity, (ulong)(1000 + i))).AsTask()));
        using var stop = new CancellationTokenSource();
        var rotating = Task.Run(() =>
        {
            var before = _wrapping;
            uint round = 0;
            for (; !stop.IsCancellationRequested; round++)
            {
                byte[] next = [.. BitConverter.GetBytes(round), .. new byte[28]];
                _ledger.KeyBook.BeginWrapping(new RotationRequest(new RequestKey(round), new ContentMac(round), "hub", "test"), [next, before]);
                _ledger.KeyBook.Rewrap(CancellationToken.None);
                before = next;
            }

            return round;
        });
        foreach (var entity in entities.Take(Entities / 2))
        {
            await EraseAsync(entity, 2);
        }

        await stop.CancelAsync();
        Assert.True(await rotating > 1);
        Assert.All(entities.Take(Entities / 2), entity => Assert.NotNull(_ledger.ErasedAt(entity)));
        Assert.All(entities.Skip(Entities / 2), entity => Assert.Equal(Drafts.Number, _ledger.Open(_ledger.Last(entity)!).Listing.Subject.Number));
        Assert.Equal(Entities / 2, await WithAsync("keys.db", "SELECT count(*) FROM data_key", static s => s.Int64(0)));
    }

    [Fact]
    public async Task An_erasure_that_ended_before_its_key_was_deleted_is_finished_at_the_next_start()
    {
        var (_, gone) = await FillAsync();
        var wrapped = await WithAsync("keys.db", $"SELECT wrapped FROM data_key WHERE entity={gone}", static s => s.Blob(0).ToArray());
        await EraseAsync(gone);
        await _ledger.DisposeAsync();
        // As a process that was killed between the two leaves it.
        Change("keys.db", $"INSERT INTO data_key(entity, wrapped) VALUES({gone}, x'{Convert.ToHexString(wrapped)}')");
        var found = await OfflineLedger.VerifyAsync(Options, null);
        Assert.Contains("the key was not", found.Fault, StringComparison.Ordinal);

        _ledger = await OpenAsync(Options);
        Assert.Null((await _ledger.VerifyAsync()).Fault);
        Assert.Equal(0, await WithAsync("keys.db", $"SELECT count(*) FROM data_key WHERE entity={gone}", static s => s.Int64(0)));
    }

    [Theory]
    [InlineData("event", "open")]
    [InlineData("event", "open_salt")]
    [InlineData("event", "sealed")]
    [InlineData("event", "personal_digest")]
    [InlineData("event", "commitment")]
    [InlineData("event", "chain")]
    [InlineData("event", "recorded_at")]
    [InlineData("event", "entity")]
    [InlineData("event", "revision")]
    [InlineData("event", "kind")]
    [InlineData("event", "request_key")]
    [InlineData("state", "position")]
    [InlineData("state", "revision")]
    [InlineData("state", "state")]
    [InlineData("state", "live")]
    [InlineData("state", "subjects")]
    [InlineData("state", "source_key")]
    [InlineData("source", "source_key")]
    [InlineData("source", "entity")]
    [InlineData("request", "request_key")]
    [InlineData("request", "position")]
    [InlineData("erasure", "entity")]
    [InlineData("erasure", "position")]
    [InlineData("epoch", "ledger_id")]
    public async Task A_flipped_bit_in_any_column_is_found(string table, string column)
    {
        var (kept, gone) = await FillAsync();
        await EraseAsync(gone);
        await _ledger.DisposeAsync();
        Assert.Null((await OfflineLedger.VerifyAsync(Options, new DraftProjection())).Fault);
        var row = table switch
        {
            "event" => $"entity={kept} AND revision=1",
            "state" => $"entity={kept}",
            _ => "rowid=(SELECT max(rowid) FROM " + table + ")",
        };
        if (table is "source" or "request")
        {
            row = $"{(table == "source" ? "source_key" : "request_key")}=(SELECT max({(table == "source" ? "source_key" : "request_key")}) FROM {table})";
        }

        Flip(table, column, row);
        var found = await OfflineLedger.VerifyAsync(Options, new DraftProjection());
        Assert.NotNull(found.Fault);
        Assert.NotNull(found.FaultPosition);
        if (table == "event")
        {
            Assert.Equal(2, found.FaultPosition);
        }

        Directory.Delete(Options.DataFolder, recursive: true);
        _ledger = await OpenAsync(Options);
    }

    [Fact]
    public async Task A_rebuild_gives_the_derived_tables_byte_for_byte()
    {
        var (_, gone) = await FillAsync();
        await EraseAsync(gone);
        await _ledger.DisposeAsync();
        string[] tables = ["state", "source", "request", "erasure"];
        var before = tables.Select(Dump).ToList();
        Assert.All(before, Assert.NotEmpty);
        foreach (var table in tables)
        {
            Change("ledger.db", $"DELETE FROM {table}");
        }

        var report = await OfflineLedger.RebuildAsync(Options, new DraftProjection());
        Assert.Equal(2, report.Entities);
        Assert.Equal(before, tables.Select(Dump));
        _ledger = await OpenAsync(Options);
        Assert.Null((await _ledger.VerifyAsync(new DraftProjection())).Fault);
    }

    [Fact]
    public async Task A_restored_backup_is_the_next_epoch_and_tells_what_it_has_in_common()
    {
        var (kept, gone) = await FillAsync();
        await EraseAsync(gone);
        var made = await BackupAsync("one");
        var old = _ledger.LedgerId;
        var lost = await CommitAsync(Drafts.Publish(_ledger.ReserveEntity(), 77));
        Assert.Equal(lost.Position - 1, made.Ledger.Position);

        var report = await RestoreAsync("one", "one", false);
        await using var restored = await OpenAsync(Of("restored"));
        Assert.EndsWith(".2", restored.LedgerId, StringComparison.Ordinal);
        Assert.Equal((restored.LedgerId, made.Ledger.Position), (report.LedgerId, report.Common));
        Assert.Equal(made.Ledger.Position, restored.CommonWith(old));
        Assert.Equal(0, restored.CommonWith("000000.1"));
        Assert.Equal(made.Ledger.Position + 1, restored.Head);
        var epoch = restored.Open(restored.Read(restored.Head, 1)[0]).Epoch;
        Assert.Equal((restored.LedgerId, restored.Head), (epoch.LedgerId, epoch.FirstPosition));
        Assert.Equal(_ledger.Read(made.Ledger.Position, 1)[0].Chain.ToArray(), epoch.ChainBefore.ToByteArray());
        Assert.Equal(Drafts.Number, restored.Open(restored.Last(kept)!).Listing.Subject.Number);
        Assert.True(restored.ReserveEntity() > lost.Entity + 1000);
        var next = Drafts.Publish(restored.ReserveEntity(), 99);
        Assert.IsType<AppendResult.Committed>(await restored.AppendAsync(next));
        Assert.Null((await restored.VerifyAsync(new DraftProjection())).Fault);
    }

    [Fact]
    public async Task What_was_erased_after_the_ledger_s_backup_is_erased_by_the_restore_with_newer_keys()
    {
        var (_, gone) = await FillAsync();
        await BackupAsync("one");
        await EraseAsync(gone);
        await BackupAsync("two");
        await Assert.ThrowsAsync<LedgerRefusedException>(() => RestoreAsync("one", "two", false));
        Assert.False(File.Exists(Path.Combine(_root, "restored", "ledger.db")));

        Assert.Equal(1, (await RestoreAsync("one", "two", true)).Erased);
        await using var restored = await OpenAsync(Of("restored"));
        Assert.NotNull(restored.ErasedAt(gone));
        Assert.Null((await restored.VerifyAsync(new DraftProjection())).Fault);
    }

    [Fact]
    public async Task A_changed_backup_is_not_restored()
    {
        await FillAsync();
        await BackupAsync("one");
        var file = Path.Combine(_root, "backup", "one", "ledger.db");
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^100] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        var refused = await Assert.ThrowsAsync<LedgerRefusedException>(() => RestoreAsync("one", "one", false));
        Assert.Contains("manifest", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_backups_of_keys_are_deleted_and_those_of_the_ledger_stay()
    {
        await FillAsync();
        await BackupAsync("one");
        _time.Now += TimeSpan.FromDays(8);
        Assert.Equal(1, (await BackupAsync("two")).KeysRemoved);
        Assert.False(Directory.Exists(Path.Combine(_root, "keys", "one")));
        Assert.True(Directory.Exists(Path.Combine(_root, "backup", "one")));
    }

    [Fact]
    public async Task A_backup_made_under_writes_and_erasures_is_whole()
    {
        List<long> final = [];
        for (var i = 0; i < 120; i += 2)
        {
            var entity = _ledger.ReserveEntity();
            await CommitAsync(Drafts.Publish(entity, (ulong)(5000 + i)));
            await CommitAsync(Drafts.Change(entity, 2, EventKind.Ended, ListingState.Ended, request: (ulong)(5000 + i + 1), live: false));
            final.Add(entity);
        }

        var writing = Task.Run(async () =>
        {
            foreach (var entity in final)
            {
                await EraseAsync(entity);
                await CommitAsync(Drafts.Publish(_ledger.ReserveEntity(), (ulong)(9000 + entity)));
            }
        });
        for (var i = 0; i < 5; i++)
        {
            await BackupAsync($"busy-{i}");
        }

        await writing;
        for (var i = 0; i < 5; i++)
        {
            await RestoreAsync($"busy-{i}", $"busy-{i}", false);
            Directory.Delete(Path.Combine(_root, "restored"), recursive: true);
        }
    }

    private LedgerOptions Of(string folder) => new() { DataFolder = Path.Combine(_root, folder), WrappingKey = _wrapping, RecentKeys = 0 };

    private async Task<SqliteLedger> OpenAsync(LedgerOptions options) => await SqliteLedger.OpenAsync(options, _time, NullLogger.Instance);

    private Task<BackupResult> BackupAsync(string name) => _ledger.BackupAsync(
        new BackupTarget(Path.Combine(_root, "backup"), Path.Combine(_root, "keys"), name, TimeSpan.FromDays(7), _time));

    private Task<RestoreReport> RestoreAsync(string name, string keys, bool erase) => OfflineLedger.RestoreAsync(
        new RestoreRequest(Path.Combine(_root, "backup", name), Path.Combine(_root, "keys", keys), Of("restored"), 0, erase),
        new DraftProjection(), _time);

    private async Task<StoredEvent> CommitAsync(EventDraft draft) =>
        Assert.IsType<AppendResult.Committed>(await _ledger.AppendAsync(draft)).Event;

    private async Task<(long Kept, long Gone)> FillAsync()
    {
        var kept = _ledger.ReserveEntity();
        await CommitAsync(Drafts.Publish(kept, 41));
        var gone = _ledger.ReserveEntity();
        await CommitAsync(Drafts.Publish(gone, 42));
        await CommitAsync(Drafts.Change(gone, 2, EventKind.Ended, ListingState.Ended, request: 43, live: false));
        return (kept, gone);
    }

    private Task<StoredEvent> EraseAsync(long entity, long revision = 3) => CommitAsync(new EventDraft
    {
        Entity = entity,
        Revision = revision,
        Kind = EventKind.Erased,
        Open = new LedgerEvent { Kind = EventKind.Erased, Erasure = new Erasure { ListingId = $"x-{entity}", Rule = "test" } },
        RequestKey = new RequestKey((UInt128)(ulong)entity << 100 | 7),
        Live = false,
        Erases = true,
    });

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private Task<T> WithAsync<T>(string file, string sql, Func<Statement, T> read)
    {
        using var database = Database.OpenReader(Path.Combine(Options.DataFolder, file));
        using var statement = database.Prepare(sql);
        Assert.True(statement.Step());
        var value = read(statement);
        statement.Reset();
        return Task.FromResult(value);
    }

    private void Change(string file, string sql)
    {
        using var database = Database.OpenWriter(Path.Combine(Options.DataFolder, file), 4, 1000);
        database.Run(sql);
    }

    private void Flip(string table, string column, string row)
    {
        using var database = Database.OpenWriter(Options.LedgerFile, 4, 1000);
        using var read = database.Prepare($"SELECT {column}, typeof({column}) FROM {table} WHERE {row}");
        Assert.True(read.Step());
        var type = read.Text(1);
        var value = type switch
        {
            "integer" => $"{read.Int64(0) ^ (table == "event" && column == "entity" ? 64 : 1)}",
            "text" => "'" + read.Text(0)[..^1] + "9'",
            _ => Flipped(read.Blob(0).ToArray()),
        };
        read.Reset();
        database.Run($"UPDATE {table} SET {column}={value} WHERE {row}");

        static string Flipped(byte[] bytes)
        {
            bytes[bytes.Length / 2] ^= 0x10;
            return $"x'{Convert.ToHexString(bytes)}'";
        }
    }

    private string Dump(string table)
    {
        using var database = Database.OpenReader(Options.LedgerFile);
        var columns = table switch
        {
            "state" => "entity||','||position||','||revision||','||state||','||live||','||hex(subjects)||','||coalesce(hex(source_key),'-')",
            "source" => "hex(source_key)||','||entity",
            "request" => "hex(request_key)||','||position",
            _ => "entity||','||position",
        };
        using var read = database.Prepare($"SELECT {columns} FROM {table} ORDER BY 1");
        List<string> rows = [];
        while (read.Step())
        {
            rows.Add(read.Text(0));
        }

        read.Reset();
        return string.Join('\n', rows);
    }

    /// <summary>The state that <see cref="Drafts"/> give: their seed stands in the request key's low half.</summary>
    private sealed class DraftProjection : IStateProjection
    {
        public void Activated(long position, byte[] catalogue)
        {
        }

        public ProjectedState Project(StoredEvent stored, LedgerEvent whole, HubKeys keys)
        {
            if (whole.Listing is null)
            {
                return new ProjectedState(ListingState.Unspecified, whole.Epoch is null, [], null);
            }

            var live = whole.Listing.State == ListingState.Active;
            var seed = (ulong)(stored.RequestKey ?? default).Value;
            var draft = Drafts.Publish(stored.Entity, seed);
            return stored.Revision == 1
                ? new ProjectedState(whole.Listing.State, live, draft.Subjects, draft.Source)
                : new ProjectedState(whole.Listing.State, live, [], Drafts.Publish(stored.Entity, seed - 1).Source);
        }
    }
}
