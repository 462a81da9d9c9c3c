using System.Collections.Immutable;
using CreditExchange.Hub.Snapshots;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Updates;

/// <summary>The files in which snapshots lie: what makes them immutable, and what may happen to them.</summary>
public sealed class SnapshotFileTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("hub-snapshots-").FullName;

    private string Folder => Path.Combine(data, "snapshots");

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_resumed_read_gives_the_same_rows_after_more_events_and_a_restart_and_what_ended_since_is_redacted()
    {
        SnapshotTests.Snapshot first;
        Listing ended;
        await using (var hub = await HubProcess.StartAsync(data))
        {
            ended = (await PublishManyAsync(hub, 600))[590];
            first = await SnapshotTests.ReadAsync(hub.Updates(Writes.Court), new ReadSnapshotRequest());
            Assert.Equal(600, first.Rows.Count);
            Assert.Equal(3, first.Tokens.Count);
            await hub.Registry(Writes.Court).EndListingAsync(Writes.End("end", ended.ListingId, 1));
            await hub.KillAsync();
        }

        await using var again = await HubProcess.StartAsync(data);
        await again.Registry(Writes.Court).PublishListingAsync(Writes.Publish("later", 5_000));
        var request = new ReadSnapshotRequest { SnapshotId = first.Header.SnapshotId, ResumeToken = first.Tokens[0] };
        var rest = await SnapshotTests.ReadAsync(again.Updates(Writes.Court), request);
        Assert.Equal(first.Header, rest.Header);
        // The publisher sees its own, ended or not: byte for byte what it saw.
        Assert.Equal(first.Rows.Skip(600 - rest.Rows.Count).Select(r => r.ToByteString()), rest.Rows.Select(r => r.ToByteString()));

        request.ResumeToken = "";
        var other = await SnapshotTests.ReadAsync(again.Updates("hainan-tax"), request);
        Assert.Equal((first.Header.Digest, 600), (other.Header.Digest, other.Rows.Count));
        var redacted = Assert.Single(other.Rows, r => r.Redaction != Redaction.Unspecified);
        Assert.Equal(new Listing { ListingId = ended.ListingId, Revision = 1 }, redacted.Listing);
        Assert.Equal(Redaction.Ended, redacted.Redaction);
    }

    [Fact]
    public async Task A_cut_from_the_state_and_a_cut_from_an_older_one_are_the_same_file_through_random_histories()
    {
        await using var hub = await HubServer.StartAsync(data + "/hub");
        var ledger = hub.Services.GetRequiredService<ILedger>();
        var cut = new SnapshotCut(ledger);
        Directory.CreateDirectory(Folder);
        var registry = hub.Registry(Writes.Court);
        var live = ImmutableList<Listing>.Empty;
        var random = new Random(8);
        SnapshotFile? older = null;
        for (var round = 0; round < 12; round++)
        {
            for (var i = random.Next(1, 25); i > 0; i--)
            {
                var id = $"r{round}-{i}";
                if (live.Count < 5 || random.Next(2) == 0)
                {
                    live = live.Add((await registry.PublishListingAsync(Writes.Publish(id, (round * 100) + i, person: i % 2 == 0))).Listing);
                    continue;
                }

                var one = live[random.Next(live.Count)];
                live = live.Remove(one);
                if (random.Next(2) == 0)
                {
                    await registry.EndListingAsync(Writes.End(id, one.ListingId, one.Revision));
                }
                else
                {
                    live = live.Add((await registry.AmendListingAsync(Writes.Amend(id, one.ListingId, one.Revision))).Listing);
                }
            }

            var position = ledger.Head;
            var whole = Cut($"whole-{round}", position, w => cut.FromState(position, w, default));
            Assert.Equal(live.Select(l => (l.Position, l.Revision)).Order(), Entries(whole).Select(e => (e.Position, (long)e.Revision)).Order());
            if (older is not null)
            {
                using var next = Cut($"next-{round}", position, w => cut.FromOlder(older, position, w, default));
                Assert.Equal(Rows(whole), Rows(next));
                // And the past doesn't change, whenever it is looked at.
                var before = older.Position;
                using var again = Cut($"again-{round}", before, w => cut.FromState(before, w, default));
                Assert.Equal(Rows(older), Rows(again));
                older.Dispose();
            }

            older = whole;
        }

        older!.Dispose();
    }

    [Fact]
    public async Task A_broken_file_is_thrown_away_at_the_start_and_files_show_nothing_personal()
    {
        var person = TestListings.Person(3);
        await using (var hub = await HubProcess.StartAsync(data))
        {
            await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("one", 3, person: true));
            Assert.Single((await SnapshotTests.ReadAsync(hub.Updates(Writes.Court), new ReadSnapshotRequest())).Rows);
            await hub.KillAsync();
        }

        var file = Assert.Single(Directory.GetFiles(Folder));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        }

        var bytes = await File.ReadAllBytesAsync(file);
        Assert.Equal(-1, bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(person.Number)));
        Assert.Equal(-1, bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes("样例甲")));
        bytes[140] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await File.WriteAllBytesAsync(Path.Combine(Folder, "next.tmp"), new byte[100]);
        await using var again = await HubProcess.StartAsync(data);
        var snapshot = await SnapshotTests.ReadAsync(again.Updates(Writes.Court), new ReadSnapshotRequest());
        Assert.Equal("one", Assert.Single(snapshot.Rows).Listing.SourceRef);
        Assert.Contains(again.Output, l => l.Contains("is broken and was deleted", StringComparison.Ordinal));
        Assert.DoesNotContain(Directory.GetFiles(Folder), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hub_killed_while_it_cuts_leaves_whole_snapshots_or_none()
    {
        var random = new Random(6);
        await using (var hub = await HubProcess.StartAsync(data))
        {
            await PublishManyAsync(hub, 3_000);
        }

        for (var round = 0; round < 6; round++)
        {
            await using var hub = await HubProcess.StartAsync(data, "--Snapshots:Every=1");
            await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish($"k-{round}", 9_000 + round));
            var reading = SnapshotTests.ReadAsync(hub.Updates(Writes.Court), new ReadSnapshotRequest());
            for (var spins = random.Next(60); spins > 0 && !reading.IsCompleted; spins--)
            {
                await Task.Yield();
            }

            await hub.KillAsync();
            await Task.WhenAny(reading);
            _ = reading.Exception;
            // Killed at once it may not even have come to making the folder.
            foreach (var file in Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.snapshot") : [])
            {
                SnapshotFile.Open(file).Dispose();
            }
        }

        await using var last = await HubProcess.StartAsync(data);
        Assert.Equal(3_006, (await SnapshotTests.ReadAsync(last.Updates(Writes.Court), new ReadSnapshotRequest())).Header.Count);
    }

    [Fact]
    public async Task Old_snapshots_go_when_nobody_reads_them_and_a_reader_of_one_that_is_gone_is_told()
    {
        var time = new FakeTime(TimeProvider.System.GetUtcNow());
        await using var hub = await HubServer.StartAsync(data + "/hub", time);
        var registry = hub.Registry(Writes.Court);
        var client = hub.Updates(Writes.Court);
        var ids = new List<string>();
        var held = hub.Services.GetRequiredService<SnapshotCutter>();
        SnapshotLease? lease = null;
        for (var i = 0; i < 4; i++)
        {
            var published = await registry.PublishListingAsync(Writes.Publish($"o-{i}", i));
            await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(published.Listing.Subject, published.Listing.Position));
            var header = (await SnapshotTests.ReadAsync(client, new ReadSnapshotRequest())).Header;
            Assert.Equal((published.Listing.Position, i + 1L), (header.Position, header.Count));
            ids.Add(header.SnapshotId);
            lease ??= held.Take(header.Position);
        }

        // All four were read just now; ten minutes later two are left, and the one that is being read.
        var folder = hub.Services.GetRequiredService<SnapshotFolder>();
        folder.Tidy();
        Assert.All(ids, id => Assert.True(IsThere(id)));
        time.Advance(SnapshotFolder.KeptAfterReading + TimeSpan.FromSeconds(1));
        folder.Tidy();
        Assert.Equal([true, false, true, true], ids.Select(IsThere));
        lease!.Dispose();
        time.Advance(SnapshotFolder.KeptAfterReading + TimeSpan.FromSeconds(1));
        folder.Tidy();
        Assert.Equal([false, false, true, true], ids.Select(IsThere));
        var gone = await RpcFailure.OfAsync(() => SnapshotTests.ReadAsync(client, new ReadSnapshotRequest { SnapshotId = ids[0] }));
        Assert.Equal((StatusCode.OutOfRange, "SNAPSHOT_GONE", "snapshot_id"), (gone.Code, gone.Reason, gone.Field));

        bool IsThere(string id) => File.Exists(folder.PathOf(long.Parse(id[(id.IndexOf('@', StringComparison.Ordinal) + 1)..], null)));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_makes_snapshots_unavailable_and_nothing_else()
    {
        await using var hub = await HubServer.StartAsync(data + "/hub");
        var registry = hub.Registry(Writes.Court);
        await registry.PublishListingAsync(Writes.Publish("a", 1));
        var client = hub.Updates(Writes.Court);
        await SnapshotTests.ReadAsync(client, new ReadSnapshotRequest());
        var temporary = hub.Services.GetRequiredService<SnapshotFolder>().Temporary;
        // A folder where the file should be: what a full disk says, said by any file system.
        Directory.CreateDirectory(temporary);
        var published = await registry.PublishListingAsync(Writes.Publish("b", 2));
        var check = await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(published.Listing.Subject, published.Listing.Position));
        Assert.Equal(Verdict.Restricted, check.Verdict);
        var refused = await RpcFailure.OfAsync(() => SnapshotTests.ReadAsync(client, new ReadSnapshotRequest()));
        Assert.Equal((StatusCode.Unavailable, "SNAPSHOT_UNAVAILABLE"), (refused.Code, refused.Reason));
        Assert.Contains(hub.Warnings, l => l.Contains("SnapshotFailed", StringComparison.Ordinal));
        Directory.Delete(temporary);
        Assert.Equal(2, (await SnapshotTests.ReadAsync(client, new ReadSnapshotRequest())).Header.Count);
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_holds_back_neither_writers_nor_the_logs_checkpoint_nor_memory()
    {
        await using var hub = await HubProcess.StartAsync(data, "DOTNET_GCHeapHardLimit=0x12000000");
        await PublishManyAsync(hub, 3_000);
        using var channel = hub.Connect();
        var client = new ListUpdateService.ListUpdateServiceClient(hub.As(Writes.Court, channel));
        var slow = Enumerable.Range(0, 20).Select(_ => client.ReadSnapshot(new ReadSnapshotRequest())).ToArray();
        foreach (var call in slow)
        {
            Assert.True(await call.ResponseStream.MoveNext(default));
        }

        // About 150 MB of log, twice what a checkpoint waits for: one that a reader pinned would stand at all of it.
        await PublishManyAsync(hub, 40_000, "more");
        Assert.InRange(new FileInfo(Path.Combine(data, "ledger.db-wal")).Length, 0, 120L << 20);
        foreach (var call in slow)
        {
            Assert.Equal(3_000, call.ResponseStream.Current.Header.Count);
            var rows = 0;
            while (await call.ResponseStream.MoveNext(default))
            {
                rows += call.ResponseStream.Current.Chunk.Rows.Count;
            }

            Assert.Equal(3_000, rows);
            call.Dispose();
        }
    }

    internal static async Task<List<Listing>> PublishManyAsync(HubProcess hub, int count, string prefix = "m")
    {
        using var import = hub.Registry(Writes.Court).ImportListings();
        var reading = Task.Run(async () =>
        {
            var made = new List<Listing>();
            await foreach (var answer in import.ResponseStream.ReadAllAsync())
            {
                Assert.Null(answer.Error);
                made.Add(new Listing { ListingId = answer.ListingId, Position = answer.Position });
            }

            return made;
        });
        for (var i = 0; i < count; i++)
        {
            await import.RequestStream.WriteAsync(
                new ImportListingsRequest { RequestId = $"{prefix}-{i}", Listing = Writes.Listing($"{prefix}-{i}", (prefix.Length * 100_000) + i) });
        }

        await import.RequestStream.CompleteAsync();
        var all = await reading;
        Assert.Equal(count, all.Count);
        return all;
    }

    private SnapshotFile Cut(string name, long position, Action<SnapshotFileWriter> write)
    {
        var path = Path.Combine(Folder, name);
        using (var writer = new SnapshotFileWriter(path + ".tmp"))
        {
            write(writer);
            writer.Complete(path, "test.1", position);
        }

        return SnapshotFile.Open(path);
    }

    private static List<SnapshotEntry> Entries(SnapshotFile file) => [.. Bytes(file).Select(b => SnapshotEntry.Read(b))];

    // Whole rows, the group by what it says and not by its number: that is given in order of appearance.
    private static List<string> Rows(SnapshotFile file) => [.. Bytes(file).Select(b =>
    {
        var entry = SnapshotEntry.Read(b);
        return $"{entry with { Group = 0 }} {file.Groups[entry.Group]} {Convert.ToHexString(b.AsSpan(SnapshotEntry.CommitmentAt))}";
    })];

    private static List<byte[]> Bytes(SnapshotFile file)
    {
        var rows = new List<byte[]>();
        var buffer = new byte[SnapshotEntry.Size];
        for (long i = 0; file.Read(i, buffer) > 0; i++)
        {
            rows.Add([.. buffer]);
        }

        Assert.Equal(file.Count, rows.Count);
        return rows;
    }
}
