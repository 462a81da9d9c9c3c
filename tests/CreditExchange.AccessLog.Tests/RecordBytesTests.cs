using System.Globalization;
using CreditExchange.AccessLog.Reading;
using CreditExchange.AccessLog.Segments;
using CreditExchange.AccessLog.Writing;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.AccessLog.Tests;

/// <summary>Records made as bytes are the same records.</summary>
public sealed class RecordBytesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("record-bytes-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Bytes_are_those_of_the_message_whatever_its_fields_hold()
    {
        var random = new Random(20_261_122);
        for (var round = 0; round < 2_000; round++)
        {
            var record = Make(random, round);
            Assert.Equal(record.ToByteArray(), RecordWriting.Bytes(record).Written.ToArray());
        }
    }

    [Fact]
    public void A_record_longer_than_the_buffer_is_whole_and_the_next_one_is_its_own()
    {
        var record = new AccessRecord { RequestId = "long", Purpose = new string('用', 30_000) };
        record.ListingIds.Add(Enumerable.Range(0, 5_000).Select(i => $"listing-{i}"));
        Assert.Equal(record.ToByteArray(), RecordWriting.Bytes(record).Written.ToArray());
        var next = new AccessRecord { RequestId = "next" };
        Assert.Equal(next.ToByteArray(), RecordWriting.Bytes(next).Written.ToArray());
    }

    [Fact]
    public void Both_ways_of_appending_store_the_same_and_the_time_is_the_logs()
    {
        var clock = new Clock();
        var options = new AccessLogOptions { Folder = folder, SegmentBytes = 1 << 20 };
        var random = new Random(7);
        List<AccessRecord> expected = [];
        using (var log = AccessLogWriter.Open(options, clock, NullLogger.Instance))
        {
            for (var i = 0; i < 300; i++)
            {
                clock.Now = DateTimeOffset.UnixEpoch.AddTicks(i switch
                {
                    0 => 0,
                    1 => 5,
                    2 => TimeSpan.TicksPerSecond,
                    _ => random.NextInt64(4_000_000_000L * TimeSpan.TicksPerSecond),
                });
                var record = Make(random, i + 1);
                record.RequestId = $"r-{i}";
                var stamped = record.Clone();
                stamped.Time = Timestamp.FromDateTimeOffset(clock.Now);
                expected.Add(stamped);
                expected.Add(stamped);
                // A time that the caller put in is none of its business.
                record.Time = new Timestamp { Seconds = 1 };
                log.Append(record);
                record.Time = null;
                log.Append(RecordWriting.Bytes(record));
            }
        }

        var read = AccessLogReader.Read(folder).ToList();
        Assert.Equal(expected.Select(r => r.ToByteString()), read.Select(e => e.Record.ToByteString()));
        Assert.Empty(AccessLogVerification.Verify(folder).Faults);
    }

    [Fact]
    public void The_name_of_a_place_is_node_segment_in_eight_digits_and_offset_in_eight_hex_digits()
    {
        var random = new Random(11);
        for (var round = 0; round < 2_000; round++)
        {
            var place = new RecordPlace(round % 2 == 0 ? "n1" : "beijing7", random.Next(1, 100_000_000), random.NextInt64(1L << 31));
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{place.Node}-{place.Segment:d8}-{place.Offset:x8}"), place.ToString());
            Assert.True(RecordPlace.TryParse(place.ToString(), out var parsed));
            Assert.Equal(place, parsed);
        }
    }

    private static AccessRecord Make(Random random, int round)
    {
        string[] texts = ["", "a", "LookupService/CheckSubject", new('x', 41), new('x', 42), new('x', 43), new('y', 127), new('y', 128), "用途-2026", "\ud800"];
        var record = new AccessRecord
        {
            RequestId = Text(),
            Method = Text(),
            AgencyId = Text(),
            Matter = Text(),
            Purpose = Text(),
            SubjectKey = round % 3 == 0 ? ByteString.Empty : ByteString.CopyFrom(Enumerable.Range(0, 17).Select(_ => (byte)random.Next(256)).ToArray()),
            Verdict = (Verdict)random.Next(5),
            Code = random.Next(17),
            Reason = Text(),
            Position = Number(),
            FromPosition = Number(),
            LedgerId = Text(),
            CatalogueDigest = Text(),
            CallerRequestId = Text(),
            RepeatOf = Text(),
            AboutAgencyId = Text(),
            Item = Number(),
            NaturalPerson = random.Next(2) == 0,
        };
        for (var i = random.Next(4); i > 0; i--)
        {
            record.ListingIds.Add($"7f3a9c-{random.Next()}");
        }

        return record;

        string Text() => texts[random.Next(texts.Length)];
        long Number() => random.Next(4) switch { 0 => 0, 1 => random.Next(300), 2 => -1, _ => random.NextInt64() };
    }
}
