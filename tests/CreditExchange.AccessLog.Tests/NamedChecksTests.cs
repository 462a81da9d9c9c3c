using CreditExchange.AccessLog.Reading;
using CreditExchange.AccessLog.Segments;
using CreditExchange.AccessLog.Writing;
using CreditExchange.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.AccessLog.Tests;

/// <summary>Of what was asked before a start, what may be asked again.</summary>
public sealed class NamedChecksTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("named-checks-").FullName;
    private readonly Clock clock = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Checks_with_a_request_id_are_found_since_a_time_and_older_segments_are_not_read()
    {
        const int Count = 20_000;
        var random = new Random(5);
        using (var log = AccessLogWriter.Open(new AccessLogOptions { Folder = folder, SegmentBytes = 128 << 10 }, clock, NullLogger.Instance))
        {
            for (var i = 0; i < Count; i++)
            {
                clock.Now = DateTimeOffset.UnixEpoch.AddSeconds(i);
                var record = new AccessRecord { RequestId = $"r-{i}", CallerRequestId = random.Next(2) == 0 ? $"c-{i}" : "", Position = i };
                if (random.Next(20) == 0)
                {
                    // As a batch is written.
                    record.Items.Add(new AccessRecord { SubjectKey = ByteString.CopyFromUtf8("one"), Verdict = Verdict.Clear, Item = 1 });
                    record.Items.Add(new AccessRecord { SubjectKey = ByteString.CopyFromUtf8("two"), Code = 8, Item = 2 });
                }
                else if (random.Next(3) == 0)
                {
                    record.Verdict = Verdict.Restricted;
                }

                log.Append(record);
            }
        }

        var all = AccessLogReader.Read(folder).ToList();
        Assert.Equal(Wanted(all), Names(NamedChecks.Read(folder, DateTimeOffset.UnixEpoch)));
        var since = DateTimeOffset.UnixEpoch.AddSeconds(Count * 3 / 4);
        var recent = Wanted(all.Where(e => e.Record.Time.ToDateTimeOffset() >= since));
        Assert.Equal(recent, Names(NamedChecks.Read(folder, since)));
        Assert.InRange(recent.Count, 500, Count / 4);

        // Not even opened: the oldest one can't be read any more, and nothing is missing.
        var segments = SegmentFiles.List(folder);
        Assert.True(segments.Count > 6);
        using (var file = File.OpenWrite(segments[0].Path))
        {
            file.Position = SegmentHeader.Length;
            file.Write([255, 255, 255, 255]);
        }

        Assert.Equal(recent, Names(NamedChecks.Read(folder, since)));
        Assert.NotEqual(Wanted(all), Names(NamedChecks.Read(folder, DateTimeOffset.UnixEpoch)));
    }

    private static List<string> Wanted(IEnumerable<AccessEntry> entries) => Names(entries.Where(e =>
        e.Record.CallerRequestId.Length > 0 && (e.Record.Verdict != Verdict.Unspecified || e.Record.Item > 0)));

    private static List<string> Names(IEnumerable<AccessEntry> entries) => [.. entries.Select(e => $"{e.Place} {e.Record}")];
}
