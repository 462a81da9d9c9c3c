using CreditExchange.AccessLog.Reading;
using CreditExchange.Hub.Tests.Keys;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>Bytes that a disk returns otherwise than they were written: told, and nothing made of them is served.</summary>
public sealed class DamageTests : IDisposable
{
    private const int PageSize = 8192;
    private readonly string folder = Directory.CreateTempSubdirectory("hub-damage-").FullName;

    private string Data => Path.Combine(folder, "data");

    private string Log => Path.Combine(Data, "access-log");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_corrupt_page_at_the_end_of_the_ledger_is_told_and_nothing_wrong_is_read()
    {
        var listed = await FillAsync(120);
        var whole = await File.ReadAllBytesAsync(Path.Combine(Data, "ledger.db"));
        var known = await ReadAsync();
        Assert.True(known.Count > listed.Count);
        var told = 0;
        for (var page = 1; page <= 24; page++)
        {
            var damaged = whole.ToArray();
            damaged.AsSpan(damaged.Length - (page * PageSize), PageSize).Fill(0xA5);
            await File.WriteAllBytesAsync(Path.Combine(Data, "ledger.db"), damaged);
            try
            {
                // What it does read is what was written.
                var read = await ReadAsync();
                Assert.All(read, e => Assert.Equal(known[(int)e.Position - 1], e));
                Assert.True(read.Count == known.Count, $"page {page} from the end: {read.Count} events and no fault");
            }
            catch (Exception error) when (error is LedgerRefusedException or LedgerUnavailableException)
            {
                told++;
                Assert.DoesNotContain(TestListings.Person(2).Number, error.ToString(), StringComparison.Ordinal);
            }
        }

        Assert.True(told > 12, $"{told} of 24 damaged pages were told");

        // The same for the process: the newest events can't be read, so it doesn't serve.
        var last = whole.ToArray();
        last.AsSpan(^PageSize).Fill(0xA5);
        await File.WriteAllBytesAsync(Path.Combine(Data, "ledger.db"), last);
        var (code, said) = await HubProcess.RunToExitAsync(Data);
        Assert.True(code == 3, said);
        Assert.Matches("ledger.*(damaged|cannot be|can't be)", said);

        await File.WriteAllBytesAsync(Path.Combine(Data, "ledger.db"), whole);
        await using var hub = await HubProcess.StartAsync(Data);
        await CheckAllAsync(hub, listed);
    }

    [Fact]
    public async Task A_flipped_bit_in_a_sealed_row_is_told_and_its_listing_is_not_served()
    {
        var listed = await FillAsync(40);
        var position = await FlipSealedAsync();
        await using (var hub = await HubProcess.StartAsync(Data))
        {
            // Verdicts don't hang on the sealed part.
            await CheckAllAsync(hub, listed);
            var registry = hub.Registry(Writes.Court);
            var refused = 0;
            foreach (var listing in Enumerable.Range(1, 40).Select(i => Writes.Listing($"damage-{i}", RotationLoad.SeedOf("damage", i), i % 2 == 0)))
            {
                var request = new GetListingRequest { ListCode = listing.ListCode, SourceRef = listing.SourceRef, Subject = listing.Subject };
                try
                {
                    Assert.Equal(listing.Subject, (await registry.GetListingAsync(request)).Listing.Subject);
                }
                catch (RpcException error)
                {
                    refused++;
                    Assert.Equal("LEDGER_UNAVAILABLE", Writes.ReasonOf(error));
                }
            }

            Assert.Equal(1, refused);
            Assert.Contains(hub.Output, line => line.Contains($"position {position} is damaged", StringComparison.Ordinal));
            using var call = new MaintenanceService.MaintenanceServiceClient(hub.As("operator")).VerifyLedger(new VerifyLedgerRequest());
            var report = (await call.ResponseStream.ReadAllAsync().ToListAsync())[^1].Report;
            Assert.Equal(position, report.FaultPosition);
            await registry.PublishListingAsync(Writes.Publish("after", 9));
            await hub.StopAsync();
        }

        Assert.Equal(position, await FlipSealedAsync());
        await using var again = await HubProcess.StartAsync(Data);
        using var sound = new MaintenanceService.MaintenanceServiceClient(again.As("operator")).VerifyLedger(new VerifyLedgerRequest());
        Assert.Equal("", (await sound.ResponseStream.ReadAllAsync().ToListAsync())[^1].Report.Fault);
    }

    [Fact]
    public async Task A_flipped_bit_in_a_segment_of_the_access_log_is_told_with_its_place_and_the_log_goes_on_behind_it()
    {
        CheckSubjectResponse before, damaged;
        await using (var hub = await HubProcess.StartAsync(Data))
        {
            before = await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(TestListings.Company(1)));
            damaged = await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(TestListings.Company(2)));
            await hub.KillAsync();
        }

        var place = AccessLogReader.Read(Log).Single(e => e.Place.ToString() == damaged.CheckId).Place;
        var segment = Directory.GetFiles(Log, "*.log").Order(StringComparer.Ordinal).Last();
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[place.Offset + 20] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);

        await using var again = await HubProcess.StartAsync(Data);
        Assert.Contains(again.Output, line => line.Contains("is damaged at", StringComparison.Ordinal));
        var after = await again.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(TestListings.Company(3)));
        var fault = Assert.Single(AccessLogVerification.Verify(Log).Faults);
        Assert.StartsWith(damaged.CheckId, fault, StringComparison.Ordinal);
        var read = AccessLogReader.Read(Log).Select(e => e.Place.ToString()).ToHashSet(StringComparer.Ordinal);
        Assert.Contains(before.CheckId, read);
        Assert.DoesNotContain(damaged.CheckId, read);
        Assert.Contains(after.CheckId, read);
    }

    private async Task<List<SubjectId>> FillAsync(int count)
    {
        await using var hub = await HubProcess.StartAsync(Data);
        var listed = await RotationLoad.PublishAsync(hub, "damage", count);
        await hub.StopAsync();
        return listed;
    }

    private async Task<List<LedgerEvent>> ReadAsync()
    {
        await using var ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { DataFolder = Data, CreateWrappingKey = true }, TimeProvider.System, NullLogger.Instance);
        var events = new List<LedgerEvent>();
        while (ledger.Read(events.Count + 1, 1_000) is { Count: > 0 } page)
        {
            events.AddRange(page.Select(ledger.Open));
        }

        return events;
    }

    // One bit of the newest sealed part but some; again, and it is as it was.
    private async Task<long> FlipSealedAsync()
    {
        await using var store = new SqliteConnection($"Data Source={Path.Combine(Data, "ledger.db")};Pooling=False");
        await store.OpenAsync();
        await using var read = store.CreateCommand();
        read.CommandText = "SELECT position, sealed FROM event WHERE sealed IS NOT NULL ORDER BY position LIMIT 1 OFFSET 5";
        await using var row = await read.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync());
        var position = row.GetInt64(0);
        var bytes = (byte[])row.GetValue(1);
        bytes[bytes.Length / 2] ^= 4;
        await row.CloseAsync();
        await using var write = store.CreateCommand();
        write.CommandText = "UPDATE event SET sealed=$sealed WHERE position=$position";
        write.Parameters.AddWithValue("$sealed", bytes);
        write.Parameters.AddWithValue("$position", position);
        Assert.Equal(1, await write.ExecuteNonQueryAsync());
        return position;
    }

    private static async Task CheckAllAsync(HubProcess hub, List<SubjectId> listed)
    {
        var request = new BatchCheckSubjectsRequest { Matter = "approval.notification-commitment", Purpose = "琼审批〔2026〕1号" };
        request.Subjects.Add(listed);
        Assert.All((await hub.Lookup("hainan-approval").BatchCheckSubjectsAsync(request)).Results, r => Assert.Equal(Verdict.Restricted, r.Verdict));
    }
}
