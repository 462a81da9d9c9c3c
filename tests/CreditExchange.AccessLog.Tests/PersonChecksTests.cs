using System.Buffers.Binary;
using System.Text;
using CreditExchange.AccessLog.Reading;
using CreditExchange.AccessLog.Segments;
using CreditExchange.AccessLog.Writing;
using CreditExchange.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.AccessLog.Tests;

/// <summary>What a start reads of the log.</summary>
public sealed class PersonChecksTests : IDisposable
{
    private static readonly DateTimeOffset Midnight = new(2026, 3, 10, 16, 0, 0, TimeSpan.Zero);
    private readonly string folder = Directory.CreateTempSubdirectory("person-checks-").FullName;
    private readonly Clock clock = new() { Now = Midnight };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Answered_checks_of_persons_since_the_time_are_found_over_segments_and_nodes_and_nothing_else_is()
    {
        var random = new Random(20_260_310);
        List<string> expected = [];
        foreach (var node in new[] { "n1", "b2" })
        {
            using var log = Open(node);
            for (var i = 0; i < 3_000; i++)
            {
                clock.Now = Midnight.AddMilliseconds((i - 1_500) * 10);
                var record = new AccessRecord
                {
                    RequestId = $"r-{i}",
                    AgencyId = $"agency-{random.Next(3)}",
                    Matter = $"matter-{random.Next(3)}",
                    SubjectKey = ByteString.CopyFrom(BitConverter.GetBytes(random.NextInt64())),
                    NaturalPerson = random.Next(3) > 0,
                    Code = random.Next(4) == 0 ? 8 : 0,
                    Position = i,
                    Purpose = "用途",
                };
                log.Append(record);
                if (record is { NaturalPerson: true, Code: 0 } && i >= 1_500)
                {
                    expected.Add($"{record.AgencyId} {record.Matter} {Convert.ToHexStringLower(record.SubjectKey.Span)}");
                }
            }
        }

        Assert.True(SegmentFiles.List(folder).Count > 6);
        Assert.Equal(expected.Order(StringComparer.Ordinal), Find(out var count).Order(StringComparer.Ordinal));
        Assert.Equal(expected.Count, count);
    }

    [Fact]
    public void Segments_that_ended_before_the_time_are_not_opened()
    {
        Fill(3_000, Midnight.AddDays(-2));
        Fill(10, Midnight.AddHours(1));
        var segments = SegmentFiles.List(folder);
        foreach (var (_, _, path) in segments.Take(segments.Count - 2))
        {
            File.WriteAllBytes(path, [1, 2, 3]);
        }

        Assert.Equal(10, Find(out _, damaged: place => Assert.Fail($"{place} was read")).Count);
    }

    [Fact]
    public void A_damaged_length_is_told_and_the_other_segments_are_read()
    {
        Fill(1_000, Midnight.AddHours(1));
        var first = SegmentFiles.List(folder)[0];
        var there = AccessLogReader.Read(folder).Where(e => e.Place.Segment == first.Number).Select(e => e.Place).ToList();
        var bytes = File.ReadAllBytes(first.Path);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan((int)there[5].Offset), -7);
        File.WriteAllBytes(first.Path, bytes);
        List<RecordPlace> damaged = [];
        Assert.Equal(1_000 - (there.Count - 5), Find(out _, damaged.Add).Count);
        Assert.Equal(there[5], Assert.Single(damaged));
    }

    [Fact]
    public void A_record_that_is_no_message_is_told()
    {
        Fill(20, Midnight.AddHours(1));
        var place = AccessLogReader.Read(folder).ElementAt(7).Place;
        var path = SegmentFiles.PathOf(folder, "n1", place.Segment);
        var bytes = File.ReadAllBytes(path);
        // The length of the time, which stands first, goes beyond the record.
        bytes[place.Offset + Framing.LengthBytes + 1] = 0x7f;
        File.WriteAllBytes(path, bytes);
        List<RecordPlace> damaged = [];
        Assert.Equal(7, Find(out _, damaged.Add).Count);
        Assert.Equal(place, Assert.Single(damaged));
    }

    private List<string> Find(out long count, Action<RecordPlace>? damaged = null)
    {
        List<string> found = [];
        count = PersonChecks.Read(
            folder,
            Midnight,
            () => (agency, matter, key) =>
            {
                var text = $"{Encoding.UTF8.GetString(agency)} {Encoding.UTF8.GetString(matter)} {Convert.ToHexStringLower(key)}";
                lock (found)
                {
                    found.Add(text);
                }
            },
            damaged);
        return found;
    }

    private void Fill(int count, DateTimeOffset at)
    {
        clock.Now = at;
        using var log = Open("n1");
        for (var i = 0; i < count; i++)
        {
            log.Append(new AccessRecord { RequestId = $"r-{i}", AgencyId = "a", Matter = "m", NaturalPerson = true, Position = i + 1 });
        }
    }

    private AccessLogWriter Open(string node) =>
        AccessLogWriter.Open(new AccessLogOptions { Folder = folder, Node = node, SegmentBytes = 65_536 }, clock, NullLogger.Instance);
}
