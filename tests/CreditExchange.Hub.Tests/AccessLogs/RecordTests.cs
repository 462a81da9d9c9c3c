using CreditExchange.AccessLog.Reading;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Tests.Edge;
using CreditExchange.Hub.Tests.Hostile;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.AccessLogs;

/// <summary>What each call leaves in the access log.</summary>
public sealed class RecordTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private const string Matter = "approval.notification-commitment";
    private const string Purpose = "琼审批〔2026〕1号";

    private string Folder => Path.Combine(shared.Hub.Data, "access-log");

    public static TheoryData<string> Methods => [.. ContractMethods.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Each_method_leaves_a_record_that_its_request_id_finds(string name)
    {
        var method = ContractMethods.All.Single(m => m.Name == name);
        var subject = shared.Company();
        var listing = TestListings.Create("court.dishonest-judgment-debtor", subject, shared.Id("door"));
        var (agency, message) = ValidRequests.Of(name, subject, listing);
        if (agency == EdgeNodes.Agency)
        {
            await EdgeNodes.TokenAsync(shared.Hub);
        }

        var requestId = "";
        var refused = "";
        var call = new HeaderCatcher(shared.Hub.As(agency));
        try
        {
            await ContractMethods.CallAsync(call, method, message.ToByteArray());
            requestId = await call.RequestIdAsync();
        }
        catch (RpcException error)
        {
            var failure = RpcFailure.Read(error);
            refused = failure.Reason;
            requestId = Detail(error).RequestId;
        }

        Assert.NotEmpty(requestId);
        var records = All().Where(r => r.Record.RequestId == requestId).ToArray();
        var isPublic = name is "ListListKinds" or "ListMeasures" or "ListMatters" or "GetCatalogue" or "GetFieldMask";
        if (isPublic && refused.Length == 0)
        {
            Assert.Empty(records);
            return;
        }

        var service = MethodScopes.Methods.Single(m => m.EndsWith("/" + name, StringComparison.Ordinal));
        Assert.NotEmpty(records);
        Assert.All(records, r => Assert.Equal((agency, service[(service.LastIndexOf('.') + 1)..]), (r.Record.AgencyId, r.Record.Method)));
        Assert.Equal(name == "BatchCheckSubjects" ? 2 : 1, name is "WatchUpdates" or "ReadSnapshot" ? 1 : records.Length);
        Assert.Equal(refused, records[0].Record.Reason);
    }

    [Fact]
    public async Task A_check_leaves_what_was_asked_why_and_what_was_answered_under_its_check_id()
    {
        var subject = shared.Company();
        var listing = await shared.PublishAsync("court.dishonest-judgment-debtor", subject);
        var answer = await shared.CheckAsync("hainan-approval", Matter, subject, listing.Position);

        var record = Of(answer.CheckId);
        Assert.Equal(
            ("hainan-approval", "LookupService/CheckSubject", Matter, Purpose, Verdict.Restricted, 0),
            (record.AgencyId, record.Method, record.Matter, record.Purpose, record.Verdict, record.Code));
        Assert.Equal([listing.ListingId], record.ListingIds);
        Assert.Equal((answer.Position, answer.LedgerId), (record.Position, record.LedgerId));
        Assert.Equal(64, record.CatalogueDigest.Length);
        var published = All().Single(r => r.Record.Method == "RegistryService/PublishListing" && r.Record.ListingIds.Contains(listing.ListingId)).Record;
        Assert.Equal(record.SubjectKey, published.SubjectKey);
        Assert.Equal(listing.Position, published.Position);
        Assert.Equal(17, record.SubjectKey.Length);
    }

    [Fact]
    public async Task Listings_behind_a_verdict_are_recorded_even_for_who_may_not_see_them()
    {
        var person = shared.Person();
        var listing = await shared.PublishAsync("dutyfree.dishonesty", person);
        var answer = await shared.Hub.Lookup("haikou-dutyfree").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = person,
            Matter = "dutyfree.offshore-purchase",
            Purpose = "T2026-11-0001",
            MinPosition = listing.Position,
        });
        Assert.Empty(answer.Matches);
        Assert.Contains(listing.ListingId, Of(answer.CheckId).ListingIds);
    }

    [Fact]
    public async Task A_repeated_check_counts_once_and_one_with_another_answer_names_the_first()
    {
        var subject = shared.Company();
        var request = new CheckSubjectRequest { Subject = subject, Matter = Matter, Purpose = Purpose, RequestId = shared.Id("again") };
        var lookup = shared.Hub.Lookup("hainan-approval");
        var first = await lookup.CheckSubjectAsync(request);
        var call = lookup.CheckSubjectAsync(request);
        Assert.Equal(first.CheckId, (await call).CheckId);
        Assert.Equal(Of(first.CheckId).RequestId, (await call.ResponseHeadersAsync).GetValue("x-request-id"));
        Assert.Single(All(), r => r.Record.CallerRequestId == request.RequestId);

        var listing = await shared.PublishAsync("court.dishonest-judgment-debtor", subject);
        request.MinPosition = listing.Position;
        var other = await lookup.CheckSubjectAsync(request);
        Assert.NotEqual(first.CheckId, other.CheckId);
        Assert.Equal(first.CheckId, Of(other.CheckId).RepeatOf);
        Assert.Equal(other.CheckId, (await lookup.CheckSubjectAsync(request)).CheckId);

        request.Subject = shared.Company();
        var another = await lookup.CheckSubjectAsync(request);
        Assert.Equal("", Of(another.CheckId).RepeatOf);
        Assert.Equal(3, All().Count(r => r.Record.CallerRequestId == request.RequestId));
    }

    [Fact]
    public async Task Each_item_of_a_batch_has_its_record_and_a_repeated_batch_counts_once()
    {
        var request = new BatchCheckSubjectsRequest
        {
            RequestId = shared.Id("batch"),
            Matter = Matter,
            Purpose = Purpose,
            Subjects = { shared.Company(), new SubjectId { Kind = IdKind.Uscc, Number = "91460000000000019X" }, shared.Person() },
        };
        var lookup = shared.Hub.Lookup("hainan-approval");
        var first = await lookup.BatchCheckSubjectsAsync(request);
        Assert.Equal(["", "USCC_CHECK_DIGIT", ""], first.Results.Select(r => Of(r.CheckId).Reason));
        Assert.Equal([1L, 2, 3], first.Results.Select(r => Of(r.CheckId).Item));
        Assert.True(Of(first.Results[1].CheckId).SubjectKey.IsEmpty);
        var again = await lookup.BatchCheckSubjectsAsync(request);
        Assert.Equal(first.Results[0].CheckId, again.Results[0].CheckId);
        Assert.Equal(first.Results[2].CheckId, again.Results[2].CheckId);
    }

    [Fact]
    public async Task A_refused_call_is_found_by_the_request_id_of_its_error_and_nothing_of_a_bad_purpose_is_kept()
    {
        var held = shared.Person();
        var failure = await Assert.ThrowsAsync<RpcException>(() => shared.Hub.Lookup("hainan-approval").CheckSubjectAsync(
            new CheckSubjectRequest { Subject = shared.Company(), Matter = Matter, Purpose = $"案{held.Number}", RequestId = held.Number }).ResponseAsync);
        var record = All().Single(r => r.Record.RequestId == Detail(failure).RequestId).Record;
        Assert.Equal(("hainan-approval", "PURPOSE_INVALID", 3, ""), (record.AgencyId, record.Reason, record.Code, record.Purpose));

        failure = await Assert.ThrowsAsync<RpcException>(() => shared.Hub.Lookup("").CheckSubjectAsync(new CheckSubjectRequest()).ResponseAsync);
        record = All().Single(r => r.Record.RequestId == Detail(failure).RequestId).Record;
        Assert.Equal(("", "TOKEN_MISSING", 16), (record.AgencyId, record.Reason, record.Code));
    }

    [Fact]
    public async Task No_number_and_no_name_of_anybody_stands_in_the_files()
    {
        var person = shared.Person();
        var company = shared.Company();
        var listing = await shared.PublishAsync("court.dishonest-judgment-debtor", person, l => l.SubjectName = "样例甲乙丙");
        await shared.CheckAsync("hainan-approval", Matter, person, listing.Position, "样例甲乙丙");
        await shared.Hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = company,
            Matter = Matter,
            Purpose = Purpose,
            RequestId = person.Number,
        });
        await shared.Hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = company,
            Matter = Matter,
            Purpose = Purpose,
            RequestId = "样例甲乙丙",
        });
        await ReadAsync(new ReadAccessLogRequest { Subject = person, AgencyId = person.Number, Matter = company.Number, RequestId = "样例甲乙丙" });
        foreach (var file in Directory.GetFiles(Folder))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            foreach (var secret in new[] { person.Number, company.Number, "样例甲乙丙" })
            {
                Assert.True(bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(secret)) < 0, $"{secret} in {file}");
            }
        }
    }

    [Fact]
    public async Task Deliveries_name_the_listings_whose_content_they_hold_and_hidden_ones_are_not_among_them()
    {
        var subject = shared.Company();
        var listing = await shared.PublishAsync("court.dishonest-judgment-debtor", subject);
        var seen = await SharedHub.WatchAsync(
            shared.Hub.Updates("hainan-high-court"),
            new WatchUpdatesRequest { FromPosition = listing.Position },
            m => m.Progress?.Position >= listing.Position);
        Assert.Contains(seen, m => m.Event?.Listing is not null);
        var pages = All().Where(r => r.Record.Method == "ListUpdateService/WatchUpdates" && r.Record.ListingIds.Contains(listing.ListingId)).ToArray();
        var page = Assert.Single(pages, p => p.Record.AgencyId == "hainan-high-court").Record;
        Assert.InRange(listing.Position, page.FromPosition, page.Position);

        var got = await shared.Registry(listing.ListCode).GetListingAsync(new GetListingRequest { ListingId = listing.ListingId });
        var listed = await shared.Registry(listing.ListCode).ListListingsAsync(new ListListingsRequest { Subject = subject });
        Assert.Single(listed.Listings);
        Assert.NotNull(got.Listing);
        var methods = All().Where(r => r.Record.ListingIds.Contains(listing.ListingId)).Select(r => r.Record.Method).ToArray();
        Assert.Contains("RegistryService/GetListing", methods);
        Assert.Contains("RegistryService/ListListings", methods);
    }

    [Fact]
    public async Task An_auditor_finds_by_each_filter_and_the_reading_is_recorded_before_it_delivers()
    {
        var subject = shared.Company();
        var other = shared.Company();
        var requestId = shared.Id("audit");
        var listing = await shared.PublishAsync("court.dishonest-judgment-debtor", subject);
        var check = await shared.Hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = subject,
            Matter = Matter,
            Purpose = Purpose,
            RequestId = requestId,
            MinPosition = listing.Position,
        });
        await shared.CheckAsync("hainan-approval", Matter, other);
        var record = Of(check.CheckId);
        var at = record.Time;

        Assert.Equal([check.CheckId], await ReadAsync(new ReadAccessLogRequest { CheckId = check.CheckId }));
        Assert.Equal([check.CheckId], await ReadAsync(new ReadAccessLogRequest { RequestId = requestId }));
        Assert.Equal([check.CheckId], await ReadAsync(new ReadAccessLogRequest { RequestId = record.RequestId }));
        Assert.Equal([check.CheckId], await ReadAsync(new ReadAccessLogRequest { Subject = subject, Method = "CheckSubject" }));
        Assert.Equal([check.CheckId], await ReadAsync(new ReadAccessLogRequest { ListingId = listing.ListingId, Matter = Matter }));
        Assert.Equal(2, (await ReadAsync(new ReadAccessLogRequest { Subject = subject, From = at.Seconds > 60 ? new() { Seconds = at.Seconds - 60 } : null })).Count(
            id => Of(id).AgencyId is "hainan-approval" or "hainan-high-court"));
        Assert.Empty(await ReadAsync(new ReadAccessLogRequest { Subject = subject, From = new() { Seconds = at.Seconds + 3_600 } }));
        Assert.Empty(await ReadAsync(new ReadAccessLogRequest { Subject = subject, Until = at, Method = "CheckSubject" }));
        Assert.Empty(await ReadAsync(new ReadAccessLogRequest { CheckId = "n1-00000001-00000001" }));
        var all = await ReadAsync(new ReadAccessLogRequest());
        Assert.Equal(all.Order(StringComparer.Ordinal), all);

        var readings = All().Where(r => r.Record.Method == "AccessLogService/ReadAccessLog" && r.Record.SubjectKey == record.SubjectKey).ToArray();
        Assert.True(readings.Length >= 4);
        Assert.All(readings, r => Assert.Equal("auditor", r.Record.AgencyId));
        var denied = await RpcFailure.OfAsync(async () =>
        {
            using var call = new AccessLogService.AccessLogServiceClient(shared.Hub.As("operator")).ReadAccessLog(new ReadAccessLogRequest());
            await call.ResponseStream.MoveNext(CancellationToken.None);
        });
        Assert.Equal((StatusCode.PermissionDenied, "SCOPE_MISSING"), (denied.Code, denied.Reason));
    }

    private async Task<List<string>> ReadAsync(ReadAccessLogRequest request)
    {
        using var call = new AccessLogService.AccessLogServiceClient(shared.Hub.As("auditor")).ReadAccessLog(request);
        var ids = new List<string>();
        await foreach (var entry in call.ResponseStream.ReadAllAsync())
        {
            ids.Add(entry.CheckId);
        }

        return ids;
    }

    private IEnumerable<AccessEntry> All() => AccessLogReader.Read(Folder);

    private AccessRecord Of(string checkId) => All().Single(r => r.Place.ToString() == checkId).Record;

    private static RequestInfo Detail(RpcException error) =>
        Google.Rpc.Status.Parser.ParseFrom(error.Trailers.GetValueBytes("grpc-status-details-bin"))
            .Details.Single(d => d.Is(RequestInfo.Descriptor)).Unpack<RequestInfo>();

    /// <summary>Remembers the headers of the answer.</summary>
    private sealed class HeaderCatcher(CallInvoker inner) : CallInvoker
    {
        private Task<Metadata>? headers;

        public async Task<string> RequestIdAsync() => (await headers!).GetValue("x-request-id") ?? "";

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            var call = inner.AsyncUnaryCall(method, host, options, request);
            headers = call.ResponseHeadersAsync;
            return call;
        }

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            var call = inner.AsyncServerStreamingCall(method, host, options, request);
            headers = call.ResponseHeadersAsync;
            return call;
        }

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options)
        {
            var call = inner.AsyncDuplexStreamingCall(method, host, options);
            headers = call.ResponseHeadersAsync;
            return call;
        }
    }
}
