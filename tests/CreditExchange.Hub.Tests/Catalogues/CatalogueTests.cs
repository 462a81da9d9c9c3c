using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Masks;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Catalogues;

public sealed class CatalogueTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private CatalogueService.CatalogueServiceClient Client => new(shared.Hub.As("operator"));

    [Fact]
    public async Task Rows_are_those_of_the_day_and_today_without_one()
    {
        var today = await Client.ListListKindsAsync(new ListListKindsRequest());
        Assert.Empty(SharedHub.DemonstrationLists.Except(today.ListKinds.Select(k => k.Code)));
        Assert.Equal(today.ListKinds.Count, today.ListKinds.Select(k => k.Code).Distinct().Count());
        var past = await Client.ListListKindsAsync(new ListListKindsRequest { AsOf = "2016-01-01" });
        Assert.NotEqual(
            past.ListKinds.Single(k => k.Code == "court.dishonest-judgment-debtor").ValidFrom,
            today.ListKinds.Single(k => k.Code == "court.dishonest-judgment-debtor").ValidFrom);
        var matters = await Client.ListMattersAsync(new ListMattersRequest());
        Assert.Contains(matters.Matters, m => m.Code == "dutyfree.offshore-purchase");
        Assert.DoesNotContain((await Client.ListMattersAsync(new ListMattersRequest { AsOf = "2001-01-01" })).Matters, m => m.Code == "dutyfree.offshore-purchase");
        Assert.NotEmpty((await Client.ListMeasuresAsync(new ListMeasuresRequest())).Measures);
        foreach (var wrong in new[] { "2026-13-01", "yesterday", "0000-01-01" })
        {
            var failure = await RpcFailure.OfAsync(Client.ListMattersAsync(new ListMattersRequest { AsOf = wrong }));
            Assert.Equal((StatusCode.InvalidArgument, "DATE_INVALID", "as_of"), (failure.Code, failure.Reason, failure.Field));
        }
    }

    [Fact]
    public async Task A_catalogue_is_linted_before_it_counts_and_its_activation_is_an_event()
    {
        var shipped = CatalogueFiles.Shipped();
        var current = await Client.GetCatalogueAsync(new GetCatalogueRequest());
        Assert.Equal(current.Digest, new CatalogueIndex(shipped).Digest);
        var broken = shipped.Clone();
        broken.ListKinds[0].Code = "No Code";
        var failure = await RpcFailure.OfAsync(Client.ActivateCatalogueAsync(
            new ActivateCatalogueRequest { RequestId = shared.Id(), Catalogue = broken }));
        Assert.Equal((StatusCode.InvalidArgument, "CATALOGUE_INVALID", "catalogue"), (failure.Code, failure.Reason, failure.Field));

        var next = shipped.Clone();
        next.Edition += "，修订";
        var request = new ActivateCatalogueRequest { RequestId = shared.Id(), Catalogue = next, ValidateOnly = true };
        var validated = await Client.ActivateCatalogueAsync(request);
        Assert.Equal(0, validated.Position);
        Assert.Equal(current.Digest, (await Client.GetCatalogueAsync(new GetCatalogueRequest())).Digest);
        request.ValidateOnly = false;
        var activated = await Client.ActivateCatalogueAsync(request);
        Assert.Equal(validated.Digest, activated.Digest);
        Assert.True(activated.Position > 0);
        Assert.Equal(activated.ToByteArray(), (await Client.ActivateCatalogueAsync(request)).ToByteArray());
        await shared.CheckAsync("hainan-approval", "approval.notification-commitment", shared.Company(), activated.Position);
        var now = await Client.GetCatalogueAsync(new GetCatalogueRequest());
        Assert.Equal((activated.Digest, activated.Position), (now.Digest, now.Position));
        request.Catalogue = shipped;
        Assert.Equal("REQUEST_ID_REUSED", (await RpcFailure.OfAsync(Client.ActivateCatalogueAsync(request))).Reason);
        var seen = await SharedHub.WatchAsync(
            shared.Hub.Updates("operator"), new WatchUpdatesRequest { FromPosition = activated.Position }, m => m.Event is not null);
        Assert.Equal((EventKind.CatalogueActivated, activated.Digest), (seen[^1].Event.Kind, seen[^1].Event.Catalogue.Digest));
    }

    [Fact]
    public async Task The_field_mask_told_is_what_the_mask_that_runs_shows()
    {
        var answer = await Client.GetFieldMaskAsync(new GetFieldMaskRequest { ListCode = "court.dishonest-judgment-debtor" });
        var masks = shared.Hub.Services.GetRequiredService<LookupView>().Masks;
        Assert.Equal(8 * 7 * 2, answer.Rows.Count);
        foreach (var (row, published) in answer.Rows.SelectMany(r => new[] { (r, false), (r, true) }))
        {
            var whole = Filled("court.dishonest-judgment-debtor", row);
            whole.Effects ??= new Effects();
            whole.Effects.Publication = new Effect { On = published };
            var viewer = new Viewer(
                row.Recipient == RecipientKind.Publisher ? whole.Origin.Agency : "another",
                row.Recipient == RecipientKind.Publisher ? RecipientKind.Agency : row.Recipient);
            var seen = masks.Apply(whole, viewer, _ => new SubjectToken { Audience = "another" });
            if (row.Recipient == RecipientKind.Partner)
            {
                // No agreement is in force here: whatever the rows say, another province sees nothing.
                Assert.Null(seen);
                continue;
            }

            var shown = Fields(seen ?? new Listing());
            var possible = Fields(whole).Append("subject_token").ToHashSet(StringComparer.Ordinal);
            var told = row.Fields.Concat(published ? row.FieldsWhilePublished : []).Select(f => f.Split('.')[0]).Where(possible.Contains).ToHashSet(StringComparer.Ordinal);
            if (told.Contains("subject"))
            {
                // Who sees the number gets no token for it.
                told.Remove("subject_token");
            }

            Assert.Equal(told.Order(), shown.Order());
        }

        Assert.Contains(answer.Rows, r => r.Recipient == RecipientKind.Counter && r.Fields.Count == 0);
        var unknown = await RpcFailure.OfAsync(Client.GetFieldMaskAsync(new GetFieldMaskRequest { ListCode = "no.such" }));
        Assert.Equal((StatusCode.InvalidArgument, "LIST_UNKNOWN"), (unknown.Code, unknown.Reason));
    }

    private static List<string> Fields(Listing listing) =>
        [.. Listing.Descriptor.Fields.InFieldNumberOrder().Where(f => Has(listing, f)).Select(f => f.Name)];

    private static bool Has(Listing listing, Google.Protobuf.Reflection.FieldDescriptor field) => field.IsRepeated
        ? ((System.Collections.IList)field.Accessor.GetValue(listing)).Count > 0
        : field.HasPresence ? field.Accessor.HasValue(listing)
        : !Equals(field.Accessor.GetValue(listing), field.Accessor.GetValue(new Listing()));

    private static Listing Filled(string list, FieldMaskRow row)
    {
        var listing = TestListings.Create(list, row.Organisation ? TestListings.Company(1) : TestListings.Person(1), "ref");
        listing.ListingId = "x-1";
        listing.State = row.State;
        listing.Revision = 2;
        listing.Position = 3;
        listing.Grade = "serious";
        listing.Measures.Add("m");
        listing.AppliedMeasures.Add(new AppliedMeasure());
        listing.RestoresListingId = "x-0";
        listing.PersonalPublicationBasis = "b";
        listing.EffectiveFrom = listing.EffectiveUntil = new Google.Protobuf.WellKnownTypes.Timestamp { Seconds = 1 };
        listing.Origin = new Origin { Agency = "hainan-high-court", Region = "460000" };
        listing.OtherIds.Add(TestListings.Company(2));
        listing.RelatedPersons.Add(new RelatedPerson { Name = "甲", Role = "legal-representative", Subject = TestListings.Person(2) });
        return listing;
    }
}
