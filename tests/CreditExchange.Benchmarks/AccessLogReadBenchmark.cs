using System.Diagnostics;
using CreditExchange.AccessLog;
using CreditExchange.AccessLog.Reading;
using CreditExchange.AccessLog.Segments;
using CreditExchange.AccessLog.Writing;
using CreditExchange.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Benchmarks;

/// <summary>A long access log, a day of checks, and how long it takes to find something in it.</summary>
internal static class AccessLogReadBenchmark
{
    private static readonly DateTimeOffset Morning = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Run(int records)
    {
        var folder = Directory.CreateTempSubdirectory("bench-").FullName;
        try
        {
            Console.WriteLine($"## reading an access log of {records:N0} records (goal: a filtered read of 10,000,000 within 5 s)");
            var places = new List<RecordPlace>();
            Measure("write it", () => Write(folder, records, places));
            var bytes = Directory.GetFiles(folder, "*.log").Sum(f => new FileInfo(f).Length);
            Console.WriteLine($"  {bytes / 1e9:F2} GB in {Directory.GetFiles(folder, "*.log").Length} segments");
            var noon = Morning.AddHours(12);
            Measure("a minute at noon, the first reading: the index is made", () => Count(folder, new AccessLogWish(noon, noon.AddMinutes(1))));
            var index = Directory.GetFiles(Path.Combine(folder, "index")).Sum(f => new FileInfo(f).Length);
            Console.WriteLine($"  the index has {index / 1e6:F1} MB");
            foreach (var again in (string[])["", ", again"])
            {
                Measure($"a minute at noon{again}", () => Count(folder, new AccessLogWish(noon, noon.AddMinutes(1))));
                Measure($"an hour at noon{again}", () => Count(folder, new AccessLogWish(noon, noon.AddHours(1))));
                Measure($"by check_id, of 100 one{again}", () => Find(folder, places), 100);
                Measure($"by the hub's request id{again}", () => Count(folder, new AccessLogWish(RequestIds: (IdOf(records / 3), ""))));
                Measure($"by a caller's request id that isn't there{again}", () => Count(folder, new AccessLogWish(RequestIds: ("", "no-such"))));
            }

            Measure("everything, each record proved", () => Count(folder, default));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string IdOf(int number) => $"{number * 2_654_435_761L & 0xFFFF_FFFF:x8}{number:x8}";

    private static long Write(string folder, int records, List<RecordPlace> places)
    {
        var clock = new DayClock();
        using var log = AccessLogWriter.Open(new AccessLogOptions { Folder = folder }, clock, NullLogger.Instance);
        var random = new Random(11);
        var key = new byte[17];
        for (var i = 0; i < records; i++)
        {
            clock.Now = Morning + (TimeSpan.FromDays(1) * ((double)i / records));
            random.NextBytes(key);
            var place = log.Append(new AccessRecord
            {
                RequestId = IdOf(i),
                CallerRequestId = $"till-7-{i:x16}",
                Method = "LookupService/CheckSubject",
                AgencyId = "haikou-dutyfree",
                Matter = "dutyfree.offshore-purchase",
                Purpose = $"T2026-03-{i:d8}",
                SubjectKey = ByteString.CopyFrom(key),
                NaturalPerson = true,
                Verdict = Verdict.Clear,
                Position = 1_000_000 + (i / 50),
                LedgerId = "7f3a9c.1",
                CatalogueDigest = "5f6c1d0a9be24c17",
            });
            if (i % (records / 100) == 0)
            {
                places.Add(place);
            }
        }

        return records;
    }

    private static long Count(string folder, AccessLogWish wish)
    {
        // A reader of its own each time: nothing is left in memory from the one before.
        long found = 0;
        foreach (var entry in new AccessLogIndex(folder).Read(wish))
        {
            var at = entry.Record.Time.ToDateTimeOffset();
            if ((wish.Since is not { } since || at >= since) && (wish.Before is not { } before || at < before)
                && (wish.RequestIds is not { } ids || entry.Record.RequestId == ids.OfHub || entry.Record.CallerRequestId == ids.OfCaller))
            {
                found++;
            }
        }

        return found;
    }

    private static long Find(string folder, List<RecordPlace> places)
    {
        var index = new AccessLogIndex(folder);
        return places.Count(place => index.Find(place) is not null);
    }

    private static void Measure(string what, Func<long> run, int parts = 1)
    {
        var (started, cpu) = (Stopwatch.GetTimestamp(), Machine.CpuOf(Environment.ProcessId));
        var found = run();
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds / parts;
        var used = (Machine.CpuOf(Environment.ProcessId) - cpu).TotalMilliseconds / parts;
        Console.WriteLine($"  {what,-62} {found,12:N0} records {took,10:N1} ms {used,10:N1} ms CPU");
    }

    private sealed class DayClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Morning;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
