using CreditExchange.AccessLog.Reading;
using CreditExchange.AccessLog.Segments;
using CreditExchange.AccessLog.Writing;
using CreditExchange.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.AccessLog.Tests;

/// <summary>What is read by the index is what is there, and little more than that is read.</summary>
public sealed class IndexTests : IDisposable
{
    private const int SegmentBytes = 1 << 20;
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private readonly string folder = Directory.CreateTempSubdirectory("access-log-").FullName;
    private readonly WallClock time = new();
    private readonly Random random = new(20_261_122);
    private int written;

    private string Folder => Path.Combine(folder, "log");

    private string IndexFolder => Path.Combine(Folder, "index");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_filtered_read_finds_what_a_whole_read_finds_while_the_log_grows_and_the_clock_jumps()
    {
        AccessLogIndex index = new(Folder);
        using var log = Open();
        for (var round = 0; round < 12; round++)
        {
            Append(log, random.Next(1_000, 5_000));
            // Forward and back: times in the log don't only grow.
            time.Now += TimeSpan.FromMinutes(random.Next(-20, 25));
            var end = log.End;
            var all = AccessLogReader.Read(Folder, end).ToList();
            // Another one has nothing in memory and finds what is kept.
            index = round % 3 == 2 ? new AccessLogIndex(Folder) : index;
            for (var query = 0; query < 8; query++)
            {
                var wish = AnyWish(all);
                bool Wanted(AccessEntry e) => Passes(wish, e.Record);
                Assert.Equal(all.Where(Wanted).Select(e => e.Place), index.Read(wish, end).Where(Wanted).Select(e => e.Place));
            }
        }

        Assert.True(log.Segment > 4, $"{log.Segment} segments");
        Assert.NotEmpty(Directory.GetFiles(IndexFolder, "*.index"));
        Assert.Empty(Directory.GetFiles(IndexFolder, "*.tmp"));
    }

    [Fact]
    public void A_minute_a_request_and_a_check_of_a_long_log_are_found_by_reading_a_small_part_of_it()
    {
        using var log = Open();
        Append(log, 40_000);
        var index = new AccessLogIndex(Folder);
        var all = AccessLogReader.Read(Folder).ToList();
        var whole = Directory.GetFiles(Folder, "*.log").Sum(f => new FileInfo(f).Length);
        Assert.True(whole > 7 * SegmentBytes, $"{whole} bytes");
        Assert.Empty(index.Read(new AccessLogWish(Start.AddYears(1))));

        // From here on all finished segments are in the index.
        var wanted = all[17_000];
        var at = wanted.Record.Time.ToDateTimeOffset();
        Read(new AccessLogWish(at, at.AddSeconds(1)), whole / 8);
        Read(new AccessLogWish(RequestIds: (wanted.Record.RequestId, "")), whole / 4);
        Read(new AccessLogWish(RequestIds: ("", wanted.Record.CallerRequestId)), whole / 4);
        var before = index.BytesRead;
        Assert.Equal(wanted, index.Find(wanted.Place));
        Assert.Null(index.Find(wanted.Place with { Offset = wanted.Place.Offset + 8 }));
        Assert.Null(index.Find(wanted.Place with { Offset = wanted.Place.Offset + (1 << 28) }));
        Assert.Null(index.Find(wanted.Place with { Segment = 99 }));
        Assert.True(index.BytesRead - before < whole / 8, $"{index.BytesRead - before} of {whole} bytes");
        before = index.BytesRead;
        Assert.Empty(index.Read(new AccessLogWish(Start.AddYears(1))));
        Assert.True(index.BytesRead - before < whole / 8, $"{index.BytesRead - before} of {whole} bytes for nothing");

        void Read(AccessLogWish wish, long most)
        {
            var from = index.BytesRead;
            Assert.Contains(wanted, index.Read(wish));
            Assert.True(index.BytesRead - from < most, $"{index.BytesRead - from} of {whole} bytes");
        }
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void A_deleted_a_changed_and_a_foreign_index_are_made_again()
    {
        using var log = Open();
        Append(log, 25_000);
        var all = AccessLogReader.Read(Folder).ToList();
        var wish = new AccessLogWish(RequestIds: (all[3_000].Record.RequestId, ""));
        Assert.Contains(all[3_000], new AccessLogIndex(Folder).Read(wish).ToList());
        var files = Directory.GetFiles(IndexFolder).Order().ToArray();
        Assert.True(files.Length >= 3, $"{files.Length} files");
        var kept = files.ToDictionary(f => f, File.ReadAllBytes);

        File.Delete(files[0]);
        File.Copy(files[2], files[1], overwrite: true);
        foreach (var file in files.Skip(2))
        {
            var bytes = (byte[])kept[file].Clone();
            bytes[random.Next(bytes.Length)] ^= 4;
            File.WriteAllBytes(file, bytes);
        }

        foreach (var entry in (AccessEntry[])[all[10], all[3_000], all[^1]])
        {
            var ids = (entry.Record.RequestId, "");
            Assert.Contains(entry, new AccessLogIndex(Folder).Read(new AccessLogWish(RequestIds: ids)));
            var at = entry.Record.Time.ToDateTimeOffset();
            Assert.Contains(entry, new AccessLogIndex(Folder).Read(new AccessLogWish(at, at.AddTicks(1))));
        }

        Assert.All(kept, file => Assert.Equal(file.Value, File.ReadAllBytes(file.Key)));
        Assert.All(files, f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
    }

    [Fact]
    public void Where_no_index_can_be_kept_the_log_is_read_all_the_same()
    {
        using var log = Open();
        Append(log, 25_000);
        var all = AccessLogReader.Read(Folder).ToList();
        // A file stands where the folder would.
        File.WriteAllText(IndexFolder, "");
        var index = new AccessLogIndex(Folder);
        for (var i = 0; i < all.Count; i += 1_500)
        {
            Assert.Equal(all[i], index.Find(all[i].Place));
            Assert.Contains(all[i], index.Read(new AccessLogWish(RequestIds: (all[i].Record.RequestId, ""))));
        }
    }

    [Fact]
    public void A_changed_byte_among_what_is_read_is_told_and_what_is_asked_for_elsewhere_is_found()
    {
        using (var log = Open())
        {
            Append(log, 25_000);
        }

        var all = AccessLogReader.Read(Folder).ToList();
        var victim = all[5_000];
        var others = all.Where(e => e.Place.Segment != victim.Place.Segment).ToList();
        var path = SegmentFiles.PathOf(Folder, "n1", victim.Place.Segment);
        var bytes = File.ReadAllBytes(path);
        foreach (var isIndexed in (bool[])[true, false])
        {
            if (Directory.Exists(IndexFolder))
            {
                Directory.Delete(IndexFolder, recursive: true);
            }

            var index = new AccessLogIndex(Folder);
            if (isIndexed)
            {
                Assert.Empty(index.Read(new AccessLogWish(Start.AddYears(1))));
            }

            foreach (var at in (int[])[1, 60])
            {
                var changed = (byte[])bytes.Clone();
                changed[victim.Place.Offset + at] ^= 0x40;
                File.WriteAllBytes(path, changed);
                var time = victim.Record.Time.ToDateTimeOffset();
                List<RecordPlace> damaged = [];
                Assert.DoesNotContain(
                    victim, new AccessLogIndex(Folder).Read(new AccessLogWish(time.AddMinutes(-1), time.AddMinutes(1)), null, damaged.Add));
                Assert.Equal(victim.Place, Assert.Single(damaged));
                Assert.Null(index.Find(victim.Place));
                foreach (var other in (AccessEntry[])[others[0], others[^1]])
                {
                    Assert.Contains(other, index.Read(new AccessLogWish(RequestIds: (other.Record.RequestId, ""))));
                    Assert.Equal(other, index.Find(other.Place));
                }
            }

            File.WriteAllBytes(path, bytes);
        }
    }

    [Fact]
    public async Task Readers_by_the_index_and_writers_together_lose_nothing()
    {
        using var log = Open();
        Append(log, 5_000);
        var index = new AccessLogIndex(Folder);
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var rounds = 0;
            for (; !done.IsCancellationRequested || rounds == 0; rounds++)
            {
                var end = log.End;
                var found = index.Read(new AccessLogWish(Start), end, place => Assert.Fail($"{place} is damaged")).Select(e => e.Place).ToList();
                Assert.Equal(found.Distinct(), found);
                Assert.True(found.Count >= 5_000);
            }

            return rounds;
        })).ToArray();
        Append(log, 25_000);
        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(30_000, index.Read(new AccessLogWish(Start)).Count());
    }

    private static bool Passes(AccessLogWish wish, AccessRecord record) =>
        (wish.Since is not { } since || record.Time.ToDateTimeOffset() >= since)
        && (wish.Before is not { } before || record.Time.ToDateTimeOffset() < before)
        && (wish.RequestIds is not { } ids || record.RequestId == ids.OfHub || record.CallerRequestId == ids.OfCaller);

    private AccessLogWish AnyWish(List<AccessEntry> all)
    {
        var one = all[random.Next(all.Count)].Record;
        var at = one.Time.ToDateTimeOffset();
        return random.Next(7) switch
        {
            0 => new AccessLogWish(at, at.AddSeconds(random.Next(100))),
            1 => new AccessLogWish(at.AddTicks(1)),
            2 => new AccessLogWish(Before: at),
            3 => new AccessLogWish(RequestIds: (one.RequestId, one.RequestId)),
            4 => new AccessLogWish(RequestIds: ("not-there", one.CallerRequestId.Length > 0 ? one.CallerRequestId : "neither")),
            5 => new AccessLogWish(at.AddMinutes(-2), at.AddMinutes(2), (one.RequestId, "-")),
            _ => default,
        };
    }

    private void Append(AccessLogWriter log, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var number = written++;
            time.Now += TimeSpan.FromMilliseconds(random.Next(40));
            log.Append(new AccessRecord
            {
                // A batch's records share theirs; a caller may send none.
                RequestId = $"r-{number / 3}",
                CallerRequestId = number % 2 == 0 ? $"caller-{number}" : "",
                Method = "LookupService/CheckSubject",
                AgencyId = "haikou-dutyfree",
                Matter = "dutyfree.offshore-purchase",
                Purpose = $"p-{number}",
                SubjectKey = ByteString.CopyFrom(new byte[17]),
                Position = number,
                LedgerId = "7f3a9c.1",
                Verdict = Verdict.Clear,
            });
        }
    }

    private AccessLogWriter Open() => AccessLogWriter.Open(
        new AccessLogOptions { Folder = Folder, SegmentBytes = SegmentBytes }, time, NullLogger.Instance);

    private sealed class WallClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Start;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
