using System.Text;
using CreditExchange.AccessLog.Reading;
using CreditExchange.AccessLog.Segments;
using CreditExchange.AccessLog.Writing;
using CreditExchange.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.AccessLog.Tests;

/// <summary>A record of several items is written once and read as one record each.</summary>
public sealed class ItemsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("items-").FullName;
    private readonly Clock clock = new() { Now = DateTimeOffset.UnixEpoch };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Each_item_is_read_as_a_record_of_its_own_under_its_own_place_in_order_and_found_by_it()
    {
        var random = new Random(20_261_122);
        List<AccessEntry> expected = [];
        using (var log = Open())
        {
            for (var i = 0; i < 400; i++)
            {
                clock.Now = DateTimeOffset.UnixEpoch.AddSeconds(i);
                expected.AddRange(random.Next(3) == 0 ? [Alone(log, i)] : Batch(log, i, random));
            }

            Assert.Equal(expected.Count, log.Records);
        }

        Assert.True(SegmentFiles.List(folder).Count > 3);
        Assert.Contains(expected, e => e.Record.ListingIds.Count > 20);
        Same(expected, AccessLogReader.Read(folder));
        var index = new AccessLogIndex(folder);
        Same(expected, index.Read(new AccessLogWish(DateTimeOffset.UnixEpoch)));
        foreach (var entry in expected)
        {
            Assert.Equal(entry.Record, index.Find(entry.Place)?.Record);
            Assert.Equal(entry.Record, AccessLogReader.Find(folder, entry.Place)?.Record);
        }

        // Between two items there is nothing.
        Assert.All(expected, e => Assert.Null(index.Find(e.Place with { Offset = e.Place.Offset + 1 })));
    }

    [Fact]
    public void Persons_among_items_are_found_at_a_start_and_refused_ones_are_not()
    {
        using (var log = Open())
        {
            Append(log, new AccessRecord { RequestId = "b", AgencyId = "counter", Matter = "dutyfree" }, [
                new() { SubjectKey = ByteString.CopyFrom(1), NaturalPerson = true, Item = 1 },
                new() { SubjectKey = ByteString.CopyFrom(2), Item = 2 },
                new() { SubjectKey = ByteString.CopyFrom(3), NaturalPerson = true, Code = 8, Reason = "PERSON_BUDGET", Item = 3 },
                new() { SubjectKey = ByteString.CopyFrom(4), NaturalPerson = true, Item = 4 },
            ]);
        }

        List<string> found = [];
        var count = PersonChecks.Read(folder, DateTimeOffset.UnixEpoch, () => (agency, matter, key) =>
        {
            lock (found)
            {
                found.Add($"{Encoding.UTF8.GetString(agency)} {Encoding.UTF8.GetString(matter)} {key[0]}");
            }
        });
        Assert.Equal(2, count);
        Assert.Equal(["counter dutyfree 1", "counter dutyfree 4"], found.Order(StringComparer.Ordinal));
    }

    private static void Same(IEnumerable<AccessEntry> expected, IEnumerable<AccessEntry> actual) =>
        Assert.Equal(expected.Select(e => $"{e.Place} {e.Record}"), actual.Select(e => $"{e.Place} {e.Record}"));

    private AccessEntry Alone(AccessLogWriter log, int number)
    {
        var record = new AccessRecord { RequestId = $"r-{number}", AgencyId = "court" };
        var place = log.Append(record);
        return new AccessEntry(place, Timed(record));
    }

    private IEnumerable<AccessEntry> Batch(AccessLogWriter log, int number, Random random)
    {
        var common = new AccessRecord
        {
            RequestId = $"r-{number}",
            Method = "LookupService/BatchCheckSubjects",
            AgencyId = "counter",
            Matter = "dutyfree",
            Purpose = "用途",
            Position = number,
        };
        var items = Enumerable.Range(1, random.Next(1, 60)).Select(i =>
        {
            var item = new AccessRecord
            {
                SubjectKey = ByteString.CopyFrom([.. Enumerable.Range(0, 17).Select(_ => (byte)random.Next(256))]),
                Verdict = Verdict.Clear,
                Item = i,
            };
            if (random.Next(10) == 0)
            {
                // Longer than a length of one byte, and than one of two.
                item.ListingIds.Add(Enumerable.Range(0, random.Next(2) == 0 ? 10 : 1_000).Select(n => $"listing-{n:d10}"));
            }

            return item;
        }).ToArray();
        var places = Append(log, common, items);
        return items.Zip(places, (item, place) =>
        {
            var record = Timed(common);
            (record.SubjectKey, record.Verdict, record.Item) = (item.SubjectKey, item.Verdict, item.Item);
            record.ListingIds.Add(item.ListingIds);
            return new AccessEntry(place, record);
        });
    }

    private static RecordPlace[] Append(AccessLogWriter log, AccessRecord common, AccessRecord[] items)
    {
        common = common.Clone();
        common.Items.Add(items);
        List<int> at = [];
        var bytes = RecordWriting.Bytes(common, at);
        Assert.Equal(common.ToByteArray(), bytes.Written.ToArray());
        var first = log.AppendItems(bytes, items.Length);
        return [.. at.Select(offset => first with { Offset = first.Offset + offset })];
    }

    private AccessRecord Timed(AccessRecord record)
    {
        var timed = record.Clone();
        timed.Time = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(clock.Now);
        return timed;
    }

    private AccessLogWriter Open() =>
        AccessLogWriter.Open(new AccessLogOptions { Folder = folder, SegmentBytes = 256 << 10 }, clock, NullLogger.Instance);
}
