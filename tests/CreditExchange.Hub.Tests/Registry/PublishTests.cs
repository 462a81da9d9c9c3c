using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Registry;

public sealed class PublishTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private const string Court = "court.dishonest-judgment-debtor";

    public static TheoryData<string> Lists => new(SharedHub.DemonstrationLists);

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task The_minimal_facts_are_accepted_for_every_list_kind_and_every_subject_kind_it_takes(string list)
    {
        var today = LegalDay.Of(TimeProvider.System.GetUtcNow());
        var kind = new CatalogueIndex(CatalogueFiles.Shipped()).ListKind(list, today)!;
        Assert.Contains(IdKind.Uscc, kind.SubjectKinds);
        await AcceptedAsync(shared.Company());
        if (kind.SubjectKinds.Contains(IdKind.ResidentId))
        {
            await AcceptedAsync(shared.Person());
        }

        if (kind.SubjectKinds.Contains(IdKind.Passport))
        {
            await AcceptedAsync(shared.Passport());
        }

        if (list is "customs.dutyfree-ban" or "dutyfree.dishonesty")
        {
            Assert.Contains(IdKind.Passport, kind.SubjectKinds);
        }

        async Task AcceptedAsync(SubjectId subject)
        {
            var listing = await shared.PublishAsync(list, subject);
            Assert.Equal(ListingState.Active, listing.State);
            Assert.Equal(1, listing.Revision);
            Assert.True(listing.Position > 0);
            Assert.NotEmpty(listing.ListingId);
            Assert.NotEmpty(listing.LegalBasis);
            Assert.Equal(SharedHub.PublisherOf(list), listing.Origin.Agency);
            Assert.NotNull(listing.EffectiveFrom);
            Assert.True(listing.Effects.Sharing.On);
            Assert.True(listing.Effects.Measures.On);
            var needsBasis = kind.PersonPublicationNeedsBasis && SubjectIds.IsNaturalPerson(subject.Kind);
            Assert.Equal(!needsBasis, listing.Effects.Publication.On);
            Assert.Equal(subject, listing.Subject);
        }
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_is_closed_to_everybody_but_its_publisher(string list)
    {
        var listing = TestListings.Create(list, shared.Company(), shared.Id());
        foreach (var other in SharedHub.DemonstrationLists.Where(l => SharedHub.PublisherOf(l) != SharedHub.PublisherOf(list)))
        {
            var failure = await RpcFailure.OfAsync(shared.Registry(other).PublishListingAsync(
                new PublishListingRequest { RequestId = shared.Id(), Listing = listing }));
            Assert.Equal((StatusCode.PermissionDenied, "LIST_NOT_PERMITTED"), (failure.Code, failure.Reason));
        }
    }

    [Fact]
    public async Task An_id_is_stored_normalised_and_a_retry_in_another_writing_is_the_same_request()
    {
        var subject = shared.Company();
        var request = new PublishListingRequest { RequestId = shared.Id(), Listing = TestListings.Create(Court, subject, shared.Id("ref")) };
        var first = await shared.Registry(Court).PublishListingAsync(request);
        var wide = string.Concat(subject.Number.ToLowerInvariant().Select(c => c is > ' ' and <= '~' ? (char)(c + 0xFEE0) : c));
        foreach (var writing in new[] { subject.Number.ToLowerInvariant(), wide, $" {subject.Number} " })
        {
            var again = request.Clone();
            again.Listing.Subject.Number = writing;
            Assert.Equal(first.ToByteArray(), (await shared.Registry(Court).PublishListingAsync(again)).ToByteArray());
        }
    }

    [Fact]
    public async Task Output_only_fields_are_ignored_and_not_part_of_the_content()
    {
        var request = new PublishListingRequest { RequestId = shared.Id(), Listing = TestListings.Create(Court, shared.Company(), shared.Id("ref")) };
        var first = await shared.Registry(Court).PublishListingAsync(request);
        request.Listing.ListingId = "mine";
        request.Listing.State = ListingState.Withdrawn;
        request.Listing.Revision = 77;
        request.Listing.Position = 1;
        request.Listing.Origin = new Origin { Region = "110000", Agency = "operator" };
        Assert.Equal(first.ToByteArray(), (await shared.Registry(Court).PublishListingAsync(request)).ToByteArray());
    }

    [Theory]
    [InlineData("request_id", "REQUIRED", "request_id")]
    [InlineData("source_ref", "REQUIRED", "listing.source_ref")]
    [InlineData("list_code", "LIST_UNKNOWN", "listing.list_code")]
    [InlineData("subject", "REQUIRED", "listing.subject")]
    [InlineData("subject_name", "REQUIRED", "listing.subject_name")]
    [InlineData("reason", "REQUIRED", "listing.reason")]
    [InlineData("document", "REQUIRED", "listing.document")]
    [InlineData("document.number", "REQUIRED", "listing.document.number")]
    [InlineData("document.authority", "REQUIRED", "listing.document.authority")]
    [InlineData("document.decided_on", "REQUIRED", "listing.document.decided_on")]
    [InlineData("listing", "REQUIRED", "listing")]
    public async Task A_missing_fact_is_named(string missing, string reason, string field)
    {
        var request = new PublishListingRequest { RequestId = shared.Id(), Listing = TestListings.Create(Court, shared.Company(), shared.Id("ref")) };
        var parts = missing.Split('.');
        if (missing == "request_id")
        {
            request.RequestId = "";
        }
        else if (missing == "listing")
        {
            request.Listing = null;
        }
        else if (parts.Length == 2)
        {
            DecisionDocument.Descriptor.FindFieldByName(parts[1]).Accessor.Clear(request.Listing.Document);
        }
        else
        {
            Listing.Descriptor.FindFieldByName(missing).Accessor.Clear(request.Listing);
        }

        var failure = await RpcFailure.OfAsync(shared.Registry(Court).PublishListingAsync(request));
        Assert.Equal((StatusCode.InvalidArgument, reason, field), (failure.Code, failure.Reason, failure.Field));
    }

    [Fact]
    public async Task What_the_law_does_not_carry_is_refused_with_its_reason()
    {
        await RefusedAsync("NO_LEGAL_BASIS", StatusCode.FailedPrecondition, l => (l.Document.DecidedOn, l.ConductOn) = ("2009-01-05", "2008-01-01"));
        await RefusedAsync("MEASURE_NOT_ALLOWED", StatusCode.InvalidArgument, l => l.Measures.Add("dutyfree.no-purchase"));
        await RefusedAsync("MEASURE_UNKNOWN", StatusCode.InvalidArgument, l => l.Measures.Add("no.such"));
        await RefusedAsync("GRADE_UNKNOWN", StatusCode.InvalidArgument, l => l.Grade = "ZZZ");
        await RefusedAsync("ROLE_UNKNOWN", StatusCode.InvalidArgument, l => l.RelatedPersons.Add(new RelatedPerson { Name = "甲", Role = "friend" }));
        await RefusedAsync("DATE_IMPOSSIBLE", StatusCode.InvalidArgument, l => l.ConductOn = "2025-06-03");
        await RefusedAsync("DATE_IMPOSSIBLE", StatusCode.InvalidArgument, l => l.Notice.ServedOn = "2025-06-01");
        await RefusedAsync("MASKED_NUMBER", StatusCode.InvalidArgument, l => l.Subject.Number = l.Subject.Number[..6] + "********" + l.Subject.Number[14..]);
        await RefusedAsync("USCC_LENGTH", StatusCode.InvalidArgument, l => l.Subject.Number = l.Subject.Number[..17]);
        await RefusedAsync("RESTORES_INVALID", StatusCode.FailedPrecondition, l => l.RestoresListingId = "no-1");

        async Task RefusedAsync(string reason, StatusCode code, Action<Listing> change)
        {
            var listing = TestListings.Create(Court, shared.Company(), shared.Id("ref"));
            change(listing);
            var failure = await RpcFailure.OfAsync(shared.Registry(Court).PublishListingAsync(
                new PublishListingRequest { RequestId = shared.Id(), Listing = listing }));
            Assert.Equal((code, reason), (failure.Code, failure.Reason));
        }
    }

    [Fact]
    public async Task A_source_ref_is_taken_by_a_live_listing_and_free_after_its_end()
    {
        var subject = shared.Company();
        var listing = await shared.PublishAsync(Court, subject, l => l.SourceRef = "one");
        var failure = await RpcFailure.OfAsync(() => shared.PublishAsync(Court, subject, l => l.SourceRef = "one"));
        Assert.Equal((StatusCode.AlreadyExists, "SOURCE_REF_TAKEN", "listing.source_ref"), (failure.Code, failure.Reason, failure.Field));
        await shared.PublishAsync(Court, shared.Company(), l => l.SourceRef = "one");
        await shared.PublishAsync("tax.major-violation", subject, l => l.SourceRef = "one");
        await shared.EndAsync(listing);
        var next = await shared.PublishAsync(Court, subject, l => l.SourceRef = "one");
        Assert.NotEqual(listing.ListingId, next.ListingId);
        var found = await shared.Registry(Court).GetListingAsync(new GetListingRequest { ListCode = Court, SourceRef = "one", Subject = subject });
        Assert.Equal(next.ListingId, found.Listing.ListingId);
    }
}
