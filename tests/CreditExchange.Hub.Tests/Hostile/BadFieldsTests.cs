using System.Text;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Hostile;

public sealed class BadFieldsTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private const string Court = "court.dishonest-judgment-debtor";

    // What the hub fills in itself; on input ignored, whatever it holds.
    private static readonly HashSet<string> OutputOnly =
        ["listing_id", "state", "revision", "origin", "position", "effects", "applied_measures", "subject_token", "ending", "provenances"];

    public static TheoryData<string> StringFields => new(Fields(f => f.FieldType == FieldType.String));

    public static TheoryData<string> EnumFields => new(Fields(f => f.FieldType == FieldType.Enum));

    [Theory]
    [MemberData(nameof(StringFields))]
    public async Task A_string_of_a_hundred_thousand_characters_is_refused_by_its_field(string path)
    {
        var request = Request();
        var fields = PathOf(path);
        Mutations.Set(request, fields, new string('9', 100_000));
        await RefusedOrIgnoredAsync(request, fields);
    }

    [Theory]
    [MemberData(nameof(EnumFields))]
    public async Task An_enum_number_out_of_range_is_refused_by_its_field(string path)
    {
        foreach (var number in new[] { 0, 99, -1, int.MaxValue })
        {
            var request = Request();
            var fields = PathOf(path);
            var last = fields[^1];
            Mutations.Set(request, fields, System.Enum.ToObject(last.EnumType.ClrType, number));
            await RefusedOrIgnoredAsync(request, fields);
        }
    }

    [Theory]
    [InlineData("\u0000")]
    [InlineData("\u0007")]
    [InlineData("\n")]
    [InlineData("\u202E")]
    [InlineData("\u200F")]
    [InlineData("\u2066")]
    [InlineData("\uFEFF")]
    [InlineData("\u0085")]
    [InlineData("\uFFFF")]
    [InlineData("\U0001FFFE")]
    public async Task A_name_with_a_character_that_hides_or_reorders_is_refused(string bad)
    {
        var request = Request();
        request.Listing.SubjectName = $"海南{bad}贸易";
        var failure = await RefusedAsync(request);
        Assert.Equal(("TEXT_INVALID", "listing.subject_name"), (failure.Reason, failure.Field));
        Assert.StartsWith("U+", failure.Facts["character"], StringComparison.Ordinal);
        var check = await RpcFailure.OfAsync(() => shared.CheckAsync(
            "hainan-approval", "approval.notification-commitment", shared.Company(), name: $"甲{bad}乙"));
        Assert.Equal(("TEXT_INVALID", "subject_name"), (check.Reason, check.Field));
    }

    [Fact]
    public async Task Lone_surrogates_and_other_broken_utf8_are_malformed()
    {
        foreach (var broken in new byte[][] { [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xFF], [0xE4, 0xB8] })
        {
            var name = Encoding.UTF8.GetBytes("海南甲贸易");
            var request = Request();
            request.Listing.SubjectName = "海南甲贸易";
            var bytes = request.ToByteArray();
            var at = bytes.AsSpan().IndexOf(name);
            broken.CopyTo(bytes, at);
            for (var i = broken.Length; i < 3; i++)
            {
                bytes[at + i] = (byte)'x';
            }

            var failure = await RpcFailure.OfAsync(
                () => ContractMethods.CallAsync(shared.Hub.As("hainan-high-court"), Publish, bytes));
            Assert.Equal(StatusCode.InvalidArgument, failure.Code);
            Assert.Contains(failure.Reason, new[] { "MESSAGE_MALFORMED", "TEXT_INVALID" });
        }
    }

    [Theory]
    [InlineData("0000-01-01", "DATE_INVALID")]
    [InlineData("9999-12-31", "DATE_IMPOSSIBLE")]
    [InlineData("0001-01-01", "DATE_IMPOSSIBLE")]
    [InlineData("2025-02-29", "DATE_INVALID")]
    [InlineData("2025-6-2", "DATE_INVALID")]
    [InlineData("２０２５-06-02", "DATE_INVALID")]
    [InlineData("10000-01-01", "DATE_INVALID")]
    public async Task A_day_that_cannot_be_is_refused(string day, string reason)
    {
        var decided = Request();
        decided.Listing.Document.DecidedOn = day;
        var first = await RefusedAsync(decided);
        Assert.Equal((reason, "listing.document.decided_on"), (first.Reason, first.Field));
        var conduct = Request();
        conduct.Listing.ConductOn = day;
        var second = await RefusedAsync(conduct);
        Assert.Equal((reason, "listing.conduct_on"), (second.Reason, second.Field));
        var served = Request();
        served.Listing.Notice.ServedOn = day;
        var third = await RefusedAsync(served);
        Assert.Equal((reason, "listing.notice.served_on"), (third.Reason, third.Field));
    }

    [Theory]
    [InlineData(long.MaxValue, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(253_402_300_800, 0)]
    [InlineData(-62_135_596_801, 0)]
    [InlineData(0, -1)]
    [InlineData(0, int.MaxValue)]
    [InlineData(253_402_300_799, 999_999_999)]
    public async Task An_instant_out_of_range_is_refused(long seconds, int nanos)
    {
        var from = Request();
        from.Listing.EffectiveFrom = new Timestamp { Seconds = seconds, Nanos = nanos };
        var first = await RefusedAsync(from);
        Assert.Equal(("DATE_IMPOSSIBLE", "listing.effective_from"), (first.Reason, first.Field));
        var until = Request();
        until.Listing.EffectiveUntil = new Timestamp { Seconds = seconds, Nanos = nanos };
        var second = await RefusedAsync(until);
        Assert.Equal(("DATE_IMPOSSIBLE", "listing.effective_until"), (second.Reason, second.Field));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(1, -1)]
    [InlineData(0, int.MaxValue)]
    public async Task A_duration_that_is_negative_or_malformed_is_refused(long seconds, int nanos)
    {
        var failure = await RpcFailure.OfAsync(shared.Hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = shared.Company(),
            Matter = "approval.notification-commitment",
            Purpose = "p",
            MaxStaleness = new Duration { Seconds = seconds, Nanos = nanos },
        }));
        Assert.Equal(("DURATION_INVALID", "max_staleness"), (failure.Reason, failure.Field));
    }

    [Fact]
    public async Task Lists_without_end_inside_a_listing_are_refused()
    {
        var persons = Request();
        persons.Listing.RelatedPersons.Add(Enumerable.Repeat(new RelatedPerson { Name = "甲", Role = "director" }, 2_000));
        Assert.Equal(("TOO_LONG", "listing.related_persons"), Told(await RefusedAsync(persons)));
        var ids = Request();
        ids.Listing.OtherIds.Add(Enumerable.Repeat(shared.Company(), 2_000));
        Assert.Equal(("TOO_LONG", "listing.other_ids"), Told(await RefusedAsync(ids)));
        var measures = Request();
        measures.Listing.Measures.Add(Enumerable.Repeat("no.such-measure", 2_000));
        Assert.Equal("MEASURE_UNKNOWN", (await RefusedAsync(measures)).Reason);

        static (string, string) Told(RpcFailure f) => (f.Reason, f.Field);
    }

    private static MethodDescriptor Publish => ContractMethods.All.Single(m => m.Name == "PublishListing");

    private PublishListingRequest Request() => new()
    {
        RequestId = shared.Id("bad"),
        Listing = TestListings.Create(Court, shared.Company(), shared.Id("ref")),
    };

    private Task<RpcFailure> RefusedAsync(PublishListingRequest request) =>
        RpcFailure.OfAsync(shared.Hub.Registry("hainan-high-court").PublishListingAsync(request));

    private async Task RefusedOrIgnoredAsync(PublishListingRequest request, FieldDescriptor[] path)
    {
        if (path.Length > 1 && path[0].Name == "listing" && OutputOnly.Contains(path[1].Name))
        {
            var listing = (await shared.Hub.Registry("hainan-high-court").PublishListingAsync(request)).Listing;
            Assert.Equal((ListingState.Active, 1L, "hainan-high-court"), (listing.State, listing.Revision, listing.Origin.Agency));
            return;
        }

        var failure = await RefusedAsync(request);
        Assert.Contains(failure.Code, new[] { StatusCode.InvalidArgument, StatusCode.FailedPrecondition });
        var name = path[^1].Name;
        Assert.True(failure.Field.Contains(name, StringComparison.Ordinal) || failure.Reason == "SUBJECT_KIND"
            || (path.Length > 2 && failure.Field.Contains(path[^2].Name, StringComparison.Ordinal)), $"{failure.Field} for {name}");
        Assert.True(failure.Text.Length < 1_000, "an error must not carry the caller's text back whole");
    }

    private static IEnumerable<string> Fields(Predicate<FieldDescriptor> isWanted) =>
        Mutations.Paths(PublishListingRequest.Descriptor, isWanted).Select(p => string.Join('.', p.Select(f => f.Name)));

    private static FieldDescriptor[] PathOf(string path) =>
        Mutations.Paths(PublishListingRequest.Descriptor, _ => true).Single(p => string.Join('.', p.Select(f => f.Name)) == path);
}
