using System.Text;
using CreditExchange.Domain.Samples;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;

namespace CreditExchange.Interop.Tests;

/// <summary>A hub that was busy through every door, then every byte that it and cx left behind: no natural person stands there in clear.</summary>
public sealed class ScanTests : IDisposable
{
    private const string Court = "hainan-high-court";
    private const string Matter = "approval.notification-commitment";
    private readonly string root = Directory.CreateTempSubdirectory("scan-").FullName;
    private readonly IdentityScan scan = new();
    private readonly List<string> told = [];
    private int given;

    private string Data => Path.Combine(root, "data");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task No_natural_persons_number_or_name_stands_in_clear_in_data_backups_logs_metrics_dumps_and_reject_files()
    {
        await using (var hub = await HubProcess.StartAsync(
            Data, $"--Backup:Folder={root}/backup", $"--Backup:KeysFolder={root}/backup-keys", "--Logging:LogLevel:Default=Debug",
            "--Logging:LogLevel:Microsoft=Debug", "--Logging:LogLevel:Grpc=Debug", "--Logging:LogLevel:System=Debug"))
        {
            var published = await WriteAsync(hub);
            await ImportAsync(hub);
            await ReadAsync(hub, published);
            await RefuseAsync(hub, published);
            await MaintainAsync(hub);
            await File.WriteAllTextAsync(Path.Combine(root, "metrics.txt"), await hub.MetricsAsync());
            await hub.KillAsync();
            await File.WriteAllLinesAsync(Path.Combine(root, "hub.log"), hub.Output);
        }

        // A clean stop copies the logs back: other files, other pages.
        var found = Files();
        await using (var again = await HubProcess.StartAsync(Data))
        {
            await again.StopAsync();
            await File.WriteAllLinesAsync(Path.Combine(root, "second.log"), again.Output);
        }

        await File.WriteAllLinesAsync(Path.Combine(root, "errors.txt"), told);
        found.AddRange(Files());
        Assert.True(found.Count == 0, string.Join('\n', found.Distinct()));
    }

    [Fact]
    public void The_scan_finds_a_number_in_every_form_and_passes_by_what_is_none()
    {
        var person = Person();
        foreach (var form in IdentityScan.FormsOf(person.Number).Concat(IdentityScan.FormsOf(Name(1))))
        {
            Assert.NotNull(scan.Find([1, 2, 0, .. form, 0, 9]));
        }

        // A resident number that nobody told the scan about.
        Assert.NotNull(new IdentityScan().Find(Encoding.UTF8.GetBytes($"x{person.Number}y")));
        Assert.Null(new IdentityScan().Find("order 123456789012345678"u8.ToArray()));
        Assert.Null(scan.Find(Encoding.UTF8.GetBytes(TestListings.Company(5).Number)));
    }

    // A person of whom the scan knows.
    private SubjectId Person()
    {
        var person = SampleIds.ResidentId(new Random(52_000 + ++given));
        scan.Know(person.Number);
        return person;
    }

    private string Name(int number)
    {
        // Made of rare characters, so that no text has them by chance.
        var name = $"瞿{(char)('霁' + number)}曈";
        scan.Know(name);
        return name;
    }

    private Listing Make(string sourceRef, SubjectId person, int name)
    {
        var listing = TestListings.Create("court.dishonest-judgment-debtor", person, sourceRef);
        listing.SubjectName = Name(name);
        listing.Reason = $"{listing.SubjectName}（{person.Number}）有履行能力而拒不履行";
        return listing;
    }

    private async Task<List<Listing>> WriteAsync(HubProcess hub)
    {
        var registry = hub.Registry(Court);
        var published = new List<Listing>();
        for (var i = 0; i < 60; i++)
        {
            var listing = Make($"scan-{i}", Person(), i);
            var answer = await registry.PublishListingAsync(new PublishListingRequest { RequestId = $"p-{i}", Listing = listing });
            published.Add(answer.Listing);
        }

        var first = published[0];
        await registry.AmendListingAsync(new AmendListingRequest
        {
            RequestId = "amend",
            ListingId = first.ListingId,
            ExpectedRevision = 1,
            Reason = $"更正{first.SubjectName}{first.Subject.Number}",
            Listing = new Listing { Reason = $"更正：{first.SubjectName}" },
            UpdateMask = Google.Protobuf.WellKnownTypes.FieldMask.FromString("reason"),
        });
        await registry.EndListingAsync(new EndListingRequest
        {
            RequestId = "end",
            ListingId = published[1].ListingId,
            ExpectedRevision = 1,
            Reason = $"{published[1].SubjectName}已履行",
            Ground = EndGround.DutyDone,
        });
        await registry.WithdrawListingAsync(new WithdrawListingRequest
        {
            RequestId = "withdraw",
            ListingId = published[2].ListingId,
            ExpectedRevision = 1,
            Reason = $"{published[2].SubjectName}有误",
            Document = first.Document,
        });
        await new RegistryService.RegistryServiceClient(hub.As("hainan-market-regulation")).LinkSubjectsAsync(new LinkSubjectsRequest
        {
            RequestId = "link",
            Reason = $"{first.SubjectName}换证",
            Link = new SubjectLink { From = first.Subject, To = Person(), Relation = SubjectRelation.SamePerson, Authority = "样例出入境管理机构", Document = "样例文书1号" },
        });
        return published;
    }

    // A file with good rows and bad ones, through cx: what it says and what it rejects is scanned, the file itself is its owner's.
    private async Task ImportAsync(HubProcess hub)
    {
        var source = Path.Combine(Path.GetTempPath(), $"{Path.GetFileName(root)}.ndjson");
        var bad = Make("bad-number", Person(), 101);
        var wrong = bad.Subject.Number[..17] + (bad.Subject.Number[17] == '1' ? '2' : '1');
        bad.Subject.Number = wrong;
        scan.Know(wrong);
        var unserved = Make($"bad-{Person().Number}", Person(), 102);
        unserved.Notice = null;
        unserved.Document = null;
        await File.WriteAllLinesAsync(source, new[] { Make("good-1", Person(), 103), bad, unserved, Make("good-2", Person(), 104) }.Select(l => JsonFormatter.Default.Format(l)));
        try
        {
            var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
            var (code, text) = await ChildProcess.RunAsync(
                ".",
                new Dictionary<string, string?> { ["CREDITEXCHANGE_GRPC_PORT"] = $"{new Uri(hub.GrpcAddress).Port}", ["CREDITEXCHANGE_DATA"] = Data },
                null,
                ["dotnet", Repository.PathOf($"src/CreditExchange.Cli/bin/{configuration}/net10.0/cx.dll"), "import", source, "--as", Court, "--rejects", Path.Combine(root, "rejects.ndjson")]);
            told.Add(text);
            Assert.True(code != 0, text);
            Assert.Equal(2, (await File.ReadAllLinesAsync(Path.Combine(root, "rejects.ndjson"))).Length);
        }
        finally
        {
            File.Delete(source);
        }
    }

    private static async Task ReadAsync(HubProcess hub, List<Listing> published)
    {
        var lookup = hub.Lookup("hainan-approval");
        foreach (var listing in published.Take(20))
        {
            await lookup.CheckSubjectAsync(new CheckSubjectRequest
            {
                Subject = listing.Subject,
                SubjectName = listing.SubjectName,
                Matter = Matter,
                Purpose = "琼审批〔2026〕1号",
                RequestId = $"check-{listing.Position}",
            });
        }

        var batch = new BatchCheckSubjectsRequest { Matter = Matter, Purpose = "琼审批〔2026〕2号" };
        batch.Subjects.Add(published.Select(l => l.Subject));
        await lookup.BatchCheckSubjectsAsync(batch);
        await hub.Registry(Court).ListListingsAsync(new ListListingsRequest { Subject = published[0].Subject });
        var head = (long)await hub.MetricAsync("creditexchange_ledger_position");
        using var watch = hub.Updates("operator").WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        while (await watch.ResponseStream.MoveNext(CancellationToken.None) && watch.ResponseStream.Current.Event?.Position != head)
        {
        }

        using var snapshot = hub.Updates(Court).ReadSnapshot(new ReadSnapshotRequest());
        Assert.NotEmpty(await snapshot.ResponseStream.ReadAllAsync().ToListAsync());
    }

    // Numbers where none belongs, and wrong ones: what is answered to them is scanned too.
    private async Task RefuseAsync(HubProcess hub, List<Listing> published)
    {
        var person = Person();
        var registry = hub.Registry(Court);
        var lookup = hub.Lookup("hainan-approval");
        var wrong = person.Number[..17] + (person.Number[17] == '1' ? '2' : '1');
        scan.Know(wrong);
        var listing = Make("refused", person, 105);
        listing.Subject = new SubjectId { Kind = IdKind.ResidentId, Number = wrong };
        await RefusedAsync(() => registry.PublishListingAsync(new PublishListingRequest { RequestId = "bad", Listing = listing }).ResponseAsync);
        await RefusedAsync(() => registry.PublishListingAsync(new PublishListingRequest { RequestId = "bad-list", Listing = new Listing(published[5]) { ListCode = person.Number } }).ResponseAsync);
        await RefusedAsync(() => registry.GetListingAsync(new GetListingRequest { ListingId = person.Number }).ResponseAsync);
        await RefusedAsync(() => lookup.CheckSubjectAsync(new CheckSubjectRequest { Subject = new SubjectId { Kind = IdKind.ResidentId, Number = wrong }, Matter = Matter, Purpose = "A-1" }).ResponseAsync);
        await RefusedAsync(() => lookup.CheckSubjectAsync(new CheckSubjectRequest { Subject = person, Matter = Matter, Purpose = person.Number }).ResponseAsync);
        await RefusedAsync(() => lookup.CheckSubjectAsync(new CheckSubjectRequest { Subject = person, Matter = person.Number, Purpose = "A-1", RequestId = person.Number }).ResponseAsync);
        await RefusedAsync(() => registry.AmendListingAsync(new AmendListingRequest
        {
            RequestId = person.Number,
            ListingId = published[3].ListingId,
            ExpectedRevision = 9,
            Reason = published[3].SubjectName,
            Listing = new Listing { Reason = "x" },
            UpdateMask = Google.Protobuf.WellKnownTypes.FieldMask.FromString("reason"),
        }).ResponseAsync);
        var upkeep = new MaintenanceService.MaintenanceServiceClient(hub.As(Court));
        await RefusedAsync(() => upkeep.PlaceHoldAsync(new PlaceHoldRequest
        {
            RequestId = "hold",
            ListingId = published[2].ListingId,
            Reason = person.Number,
            Authority = "测试法院",
            Document = "保全1号",
        }).ResponseAsync);
        await upkeep.PlaceHoldAsync(new PlaceHoldRequest
        {
            RequestId = "hold-2",
            ListingId = published[2].ListingId,
            Reason = "诉讼",
            Authority = "测试法院",
            Document = "保全1号",
        });
        await RefusedAsync(() => upkeep.EraseListingAsync(new EraseListingRequest { RequestId = "erase", ListingId = published[2].ListingId, ExpectedRevision = 2, Reason = "期满" }).ResponseAsync);
        await RefusedAsync(() => hub.Lookup(Court).CheckSubjectAsync(new CheckSubjectRequest { Subject = person, Matter = Matter, Purpose = "A-1" }).ResponseAsync);
    }

    private async Task RefusedAsync(Func<Task> call)
    {
        var error = await Assert.ThrowsAnyAsync<RpcException>(call);
        told.Add(error.ToString());
        foreach (var entry in error.Trailers)
        {
            told.Add(entry.IsBinary ? Encoding.Latin1.GetString(entry.ValueBytes) + Encoding.UTF8.GetString(entry.ValueBytes) : entry.Value);
        }
    }

    private static async Task MaintainAsync(HubProcess hub)
    {
        var keys = new KeyService.KeyServiceClient(hub.As("security"));
        await keys.RotateWrappingKeyAsync(new RotateWrappingKeyRequest { RequestId = "w", Reason = "test" });
        await keys.RotateSubjectKeyAsync(new RotateSubjectKeyRequest { RequestId = "s", Reason = "test" });
        using var backup = new MaintenanceService.MaintenanceServiceClient(hub.As("operator")).BackupLedger(new BackupLedgerRequest { Name = "one" });
        Assert.NotNull((await backup.ResponseStream.ReadAllAsync().ToListAsync())[^1].Manifest);
        using var verify = new MaintenanceService.MaintenanceServiceClient(hub.As("operator")).VerifyLedger(new VerifyLedgerRequest());
        Assert.Equal("", (await verify.ResponseStream.ReadAllAsync().ToListAsync())[^1].Report.Fault);
        Assert.Contains(hub.Output, line => line.StartsWith("dbug", StringComparison.Ordinal) || line.Contains(" dbug: ", StringComparison.Ordinal));
    }

    private List<string> Files()
    {
        var files = Directory.GetFiles(root, "*", SearchOption.AllDirectories);
        Assert.Contains(files, f => f.EndsWith("rejects.ndjson", StringComparison.Ordinal));
        Assert.Contains(files, f => f.EndsWith(Path.Combine("backup", "one", "ledger.db"), StringComparison.Ordinal));
        var found = new List<string>();
        var open = false;
        foreach (var file in files)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            open |= bytes.AsSpan().IndexOf("hainan-high-court"u8) >= 0;
            if (scan.Find(bytes) is { } at)
            {
                found.Add($"{Path.GetRelativePath(root, file)}: {at}");
            }
        }

        Assert.True(open, "The scan finds what is open, so it would find a number.");
        return found;
    }
}
