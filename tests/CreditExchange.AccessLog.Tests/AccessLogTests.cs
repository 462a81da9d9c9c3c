using CreditExchange.AccessLog.Reading;
using CreditExchange.AccessLog.Segments;
using CreditExchange.AccessLog.Writing;
using CreditExchange.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.AccessLog.Tests;

public sealed class AccessLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("access-log-").FullName;

    private string Folder => Path.Combine(folder, "log");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_is_appended_is_read_in_order_and_under_its_name_while_the_log_is_open()
    {
        using var log = Open();
        var places = Append(log, 0, 500);
        Assert.Equal(Purposes(0, 500), AccessLogReader.Read(Folder, log.End).Select(e => e.Record.Purpose));
        Assert.Equal(places, AccessLogReader.Read(Folder).Select(e => e.Place));
        Assert.Equal("p-123", AccessLogReader.Find(Folder, places[123])!.Record.Purpose);
        Assert.Null(AccessLogReader.Find(Folder, places[123] with { Offset = places[123].Offset + 8 }));
        Assert.Null(AccessLogReader.Find(Folder, places[123] with { Segment = 9 }));
        Assert.True(RecordPlace.TryParse(places[123].ToString(), out var parsed));
        Assert.Equal(places[123], parsed);
    }

    [Fact]
    public void Records_go_over_segments_and_starts_and_the_chain_goes_with_them()
    {
        List<RecordPlace> places = [];
        for (var start = 0; start < 3; start++)
        {
            using var log = Open();
            places.AddRange(Append(log, start * 1_000, 1_000));
        }

        Assert.True(places[^1].Segment > 5, $"{places[^1]} is no roll over");
        Assert.Equal(places, AccessLogReader.Read(Folder).Select(e => e.Place));
        Assert.Equal(Purposes(0, 3_000), AccessLogReader.Read(Folder).Select(e => e.Record.Purpose));
        var report = AccessLogVerification.Verify(Folder);
        Assert.Empty(report.Faults);
        Assert.Equal(3_000, report.Records);
    }

    [Fact]
    public void A_log_that_a_killed_process_left_goes_on_behind_its_last_whole_record()
    {
        var copy = Path.Combine(folder, "killed");
        using (var log = Open())
        {
            Append(log, 0, 50);
            // What is on the files at this moment is what kill -9 would leave: nobody closed anything.
            Directory.CreateDirectory(copy);
            foreach (var file in Directory.GetFiles(Folder))
            {
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            }
        }

        var segment = SegmentFiles.PathOf(copy, "n1", 1);
        var end = AccessLogReader.Read(copy).Last();
        var behind = end.Place.Offset + Framing.SizeOf(end.Record.CalculateSize());
        using (var file = File.OpenHandle(segment, access: FileAccess.Write))
        {
            // Half a record, its length not yet stored.
            RandomAccess.Write(file, new byte[] { 0, 0, 0, 0, 10, 20, 30, 40, 50, 60, 70, 80 }, behind);
        }

        using (var log = Open(copy))
        {
            Append(log, 50, 50);
        }

        Assert.Equal(Purposes(0, 100), AccessLogReader.Read(copy).Select(e => e.Record.Purpose));
        Assert.Empty(AccessLogVerification.Verify(copy).Faults);
    }

    [Fact]
    public void Every_changed_byte_is_found_and_the_rest_is_still_read()
    {
        using (var log = Open())
        {
            Append(log, 0, 1_000);
        }

        var random = new Random(20_260_311);
        var segments = SegmentFiles.List(Folder);
        for (var round = 0; round < 200; round++)
        {
            var (_, number, path) = segments[random.Next(segments.Count)];
            var bytes = File.ReadAllBytes(path);
            var at = random.Next(bytes.Length);
            if (IsPadding(path, at))
            {
                continue;
            }

            var changed = (byte[])bytes.Clone();
            changed[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, changed);
            Assert.False(AccessLogVerification.Verify(Folder).IsSound, $"segment {number}, byte {at}");
            List<RecordPlace> damaged = [];
            var left = AccessLogReader.Read(Folder, damaged: damaged.Add).Count(e => e.Place.Segment != number);
            Assert.Equal(AllBut(number), left);
            File.WriteAllBytes(path, bytes);
        }

        Assert.True(AccessLogVerification.Verify(Folder).IsSound);

        int AllBut(int number) => AccessLogReaderCount(path => path.Number != number);
        int AccessLogReaderCount(Func<(string Node, int Number, string Path), bool> which) => segments.Where(s => which(s)).Sum(s => CountOf(s.Path));
    }

    [Fact]
    public void A_segment_that_is_missing_or_was_swapped_is_found()
    {
        using (var log = Open())
        {
            Append(log, 0, 3_000);
        }

        var segments = SegmentFiles.List(Folder);
        Assert.True(segments.Count >= 4);
        var (_, _, second) = segments[1];
        File.Move(second, second + ".away");
        Assert.Contains(AccessLogVerification.Verify(Folder).Faults, f => f.Contains("missing", StringComparison.Ordinal));
        File.Copy(segments[2].Path, second);
        Assert.False(AccessLogVerification.Verify(Folder).IsSound);
        File.Move(second + ".away", second, overwrite: true);
        Assert.True(AccessLogVerification.Verify(Folder).IsSound);
    }

    [Fact]
    public void A_damaged_last_segment_is_kept_as_it_is_and_told_for_ever()
    {
        RecordPlace middle;
        using (var log = Open())
        {
            middle = Append(log, 0, 20)[10];
        }

        var path = SegmentFiles.PathOf(Folder, "n1", middle.Segment);
        var bytes = File.ReadAllBytes(path);
        bytes[middle.Offset + 6] ^= 1;
        File.WriteAllBytes(path, bytes);
        using (var log = Open())
        {
            Append(log, 20, 5);
        }

        Assert.Equal(bytes, File.ReadAllBytes(path));
        Assert.Equal([.. Purposes(0, 10), .. Purposes(20, 5)], AccessLogReader.Read(Folder).Select(e => e.Record.Purpose));
        var fault = Assert.Single(AccessLogVerification.Verify(Folder).Faults);
        Assert.StartsWith(middle.ToString(), fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_threads_append_and_nothing_is_lost_or_torn_while_somebody_reads()
    {
        using var log = Open();
        using var done = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            var most = 0;
            while (!done.IsCancellationRequested)
            {
                most = Math.Max(most, AccessLogReader.Read(Folder, log.End, place => Assert.Fail($"{place} is damaged")).Count());
            }

            return most;
        });
        var names = await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(() => Append(log, t * 1_000, 1_000))));
        await done.CancelAsync();
        Assert.InRange(await reading, 0, 8_000);
        var all = AccessLogReader.Read(Folder).ToDictionary(e => e.Place, e => e.Record.Purpose);
        Assert.Equal(8_000, all.Count);
        for (var t = 0; t < 8; t++)
        {
            Assert.Equal(Purposes(t * 1_000, 1_000), names[t].Select(n => all[n]));
        }

        Assert.Empty(AccessLogVerification.Verify(Folder).Faults);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void Folder_and_files_are_the_hubs_own_and_their_room_is_real()
    {
        using var log = Open();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        var files = Directory.GetFiles(Folder);
        Assert.All(files, f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
        using var stat = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%b %B %s", files[0]]) { RedirectStandardOutput = true })!;
        var numbers = stat.StandardOutput.ReadToEnd().Split(' ').Select(long.Parse).ToArray();
        Assert.Equal(65_536, numbers[2]);
        Assert.True(numbers[0] * numbers[1] >= numbers[2], $"{numbers[0]} blocks for {numbers[2]} bytes");
    }

    [Fact]
    public void Another_nodes_segments_stand_beside_and_each_chain_is_proved()
    {
        using (var log = Open())
        {
            Append(log, 0, 10);
        }

        using (var log = Open(node: "b2"))
        {
            Append(log, 10, 10);
        }

        Assert.Equal(20, AccessLogReader.Read(Folder).Count());
        Assert.Empty(AccessLogVerification.Verify(Folder).Faults);
    }

    [Theory]
    [InlineData("n1-00000001-0000008")]
    [InlineData("n1-00000001")]
    [InlineData("")]
    [InlineData("../../x-00000001-00000080")]
    [InlineData("N1-00000001-00000080")]
    [InlineData("n1-0000000x-00000080")]
    public void What_is_no_name_of_a_record_is_none(string text) => Assert.False(RecordPlace.TryParse(text, out _));

    private static IEnumerable<string> Purposes(int from, int count) => Enumerable.Range(from, count).Select(i => $"p-{i}");

    private static List<RecordPlace> Append(AccessLogWriter log, int from, int count) =>
        [.. Enumerable.Range(from, count).Select(i => log.Append(new AccessRecord
        {
            RequestId = $"r-{i}", Method = "LookupService/CheckSubject", Purpose = $"p-{i}",
            SubjectKey = ByteString.CopyFrom(new byte[17]), Position = i, LedgerId = "l.1",
        }))];

    private static int CountOf(string path)
    {
        using var reader = new SegmentReader(path);
        var count = 0;
        while (reader.TryRead(out _, out _))
        {
            count++;
        }

        return count;
    }

    // Zeros between records carry nothing.
    private static bool IsPadding(string path, int at)
    {
        if (at < SegmentHeader.Length)
        {
            return false;
        }

        using var reader = new SegmentReader(path);
        while (reader.TryRead(out var record, out var offset))
        {
            var end = offset + Framing.LengthBytes + record.Length + Framing.HashBytes;
            if (at < end)
            {
                return false;
            }

            if (at < offset + Framing.SizeOf(record.Length))
            {
                return true;
            }
        }

        return true;
    }

    private AccessLogWriter Open(string? at = null, string node = "n1") => AccessLogWriter.Open(
        new AccessLogOptions { Folder = at ?? Folder, Node = node, SegmentBytes = 65_536 }, TimeProvider.System, NullLogger.Instance);
}
