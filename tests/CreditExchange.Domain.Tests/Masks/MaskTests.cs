using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Masks;
using CreditExchange.V1;
using Google.Protobuf;
using static CreditExchange.Domain.Tests.Listings.ListingSamples;

namespace CreditExchange.Domain.Tests.Masks;

public class MaskTests
{
    private static readonly FieldMaskTable Table = new(Shipped);
    private static readonly Viewer Publisher = new("hainan-high-court", RecipientKind.Agency);
    private static readonly Viewer Other = new("hainan-tax", RecipientKind.Agency);
    private static readonly Viewer Operator = new("operator", RecipientKind.Operator, SeesSystem: true);
    private static readonly Viewer Partner = new("guangdong-hub", RecipientKind.Partner);

    [Fact]
    public void The_publisher_sees_everything_and_gets_a_copy()
    {
        var whole = Whole();
        var seen = Table.Apply(whole, Publisher, Token)!;
        Assert.Equal(whole, seen);
        Assert.NotSame(whole, seen);
    }

    [Theory]
    [InlineData(RecipientKind.Partner)]
    [InlineData(RecipientKind.Counter)]
    [InlineData(RecipientKind.Unspecified)]
    public void Whom_no_row_gives_a_field_sees_nothing(RecipientKind recipient) =>
        Assert.Null(Table.Apply(Whole(), new Viewer("x", recipient), Token));

    [Fact]
    public void Another_agency_never_sees_a_related_person_s_number()
    {
        var seen = Table.Apply(Whole(), Other, Token)!;
        Assert.Equal("样例", seen.RelatedPersons[0].Name);
        Assert.Null(seen.RelatedPersons[0].Subject);
        Assert.DoesNotContain(Person, seen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_operator_sees_a_token_instead_of_the_subject()
    {
        var seen = Table.Apply(Whole(), Operator, Token)!;
        Assert.Null(seen.Subject);
        Assert.Equal("t", seen.SubjectToken.Audience);
        Assert.Equal("", seen.SubjectName);
        Assert.Equal(ListingState.Active, seen.State);
    }

    [Fact]
    public void The_first_row_that_fits_counts_and_organisations_only_rows_skip_persons()
    {
        var catalogue = new Catalogue
        {
            Masks =
            {
                Row(true, "subject", "no_such_field"),
                Row(false, "list_code"),
                Row(false, "*"),
            },
        };
        var table = new FieldMaskTable(new CreditExchange.Domain.Catalogues.CatalogueIndex(catalogue));
        Assert.Equal(new Listing { Subject = Uscc() }, table.Apply(Published(), Other, Token));
        Assert.Equal(new Listing { ListCode = Court }, table.Apply(Published(Court, Resident()), Other, Token));
    }

    [Fact]
    public void An_ended_listing_s_earlier_events_are_redacted_for_all_but_the_publisher()
    {
        var events = new MaskedEvents(Table);
        var published = Event(Whole());
        var ended = Event(ListingRules.End(published.Listing, EndGround.DutyDone, "", null, Context));
        var now = ListingState.Ended;
        Assert.Equal(Redaction.Ended, events.Apply(published, now, false, Other, Token).Redaction);
        Assert.Equal(Redaction.Right, events.Apply(published, now, false, Partner, Token).Redaction);
        Assert.Equal(published.Listing, events.Apply(published, now, false, Publisher, Token).Listing);
        Assert.Equal(ListingState.Ended, events.Apply(ended, now, false, Other, Token).Listing.State);
        Assert.Equal("", events.Apply(ended, now, false, Other, Token).Reason);
        Assert.Equal(Redaction.Erased, events.Apply(published, now, true, Publisher, Token).Redaction);
        var live = events.Apply(published, ListingState.Active, false, Other, Token);
        Assert.Equal(("why", "hainan-high-court", Redaction.Unspecified), (live.Reason, live.Actor, live.Redaction));
        Assert.Null(live.Opening);
        Assert.NotNull(events.Apply(published, now, false, Publisher, Token).Opening);
    }

    [Fact]
    public void A_redacted_event_tells_its_place_and_commitment_and_nothing_more()
    {
        var whole = Event(Whole());
        var seen = new MaskedEvents(Table).Apply(whole, ListingState.Active, false, Partner, Token);
        Assert.Equal(
            new LedgerEvent
            {
                Position = 5,
                RecordedAt = whole.RecordedAt,
                Kind = EventKind.Published,
                PreviousPosition = 4,
                Commitment = whole.Commitment,
                Redaction = Redaction.Right,
            },
            seen);
    }

    [Fact]
    public void Other_bodies_go_to_whom_they_concern()
    {
        var security = new Viewer("security", RecipientKind.Operator, SeesSecurity: true);
        var linker = new Viewer("hainan-market-regulation", RecipientKind.Agency);
        var epoch = new LedgerEvent { Epoch = new Epoch { LedgerId = "a.1" } };
        var catalogue = new LedgerEvent { Catalogue = new CatalogueVersion { Digest = "d" } };
        var agency = new LedgerEvent { Agency = Agency("auditor") };
        var rotated = new LedgerEvent { SubjectKey = new SubjectKeyVersion { Version = 2 } };
        var hold = new LedgerEvent { LegalHold = new LegalHold { Agency = linker.AgencyId } };
        var link = new LedgerEvent { SubjectLink = new SubjectLink { Agency = linker.AgencyId, From = Resident() } };
        Assert.True(Sees(epoch, Partner));
        Assert.True(Sees(rotated, Partner));
        Assert.Equal((true, true, false), (Sees(hold, linker), Sees(hold, Operator), Sees(hold, Other)));
        Assert.Equal((true, false, false), (Sees(catalogue, Operator), Sees(catalogue, security), Sees(catalogue, Other)));
        Assert.Equal((true, true, false), (Sees(agency, Operator), Sees(agency, security), Sees(agency, Other)));
        Assert.Equal((true, false, false), (Sees(link, linker), Sees(link, Operator), Sees(link, Other)));
    }

    private static bool Sees(LedgerEvent whole, Viewer viewer)
    {
        var seen = new MaskedEvents(Table).Apply(whole, ListingState.Unspecified, false, viewer, Token);
        Assert.Equal(seen.BodyCase == LedgerEvent.BodyOneofCase.None, seen.Redaction == Redaction.Right);
        var shows = seen.BodyCase == whole.BodyCase;
        Assert.Equal(shows, new MaskedEvents(Table).Shows(whole, ListingState.Unspecified, false, viewer));
        return shows;
    }

    private static SubjectToken Token(SubjectId id) => new() { Audience = "t", KeyVersion = 1 };

    private static MaskRow Row(bool organisationsOnly, params string[] fields)
    {
        var row = new MaskRow { Recipient = RecipientKind.Agency, OrganisationsOnly = organisationsOnly };
        row.ListCodes.Add("*");
        row.States.Add(ListingState.Active);
        row.Fields.Add(fields);
        return row;
    }

    private static Listing Whole()
    {
        var request = Request();
        request.RelatedPersons.Add(new RelatedPerson { Subject = Resident(), Name = "样例", Role = "director" });
        return ListingRules.Publish(request, Context);
    }

    private static LedgerEvent Event(Listing listing) => new()
    {
        Position = 5,
        PreviousPosition = 4,
        RecordedAt = Stamp(Now),
        Kind = EventKind.Published,
        Listing = listing,
        Reason = "why",
        Actor = "hainan-high-court",
        Commitment = ByteString.CopyFromUtf8("c"),
        Opening = new Opening { OpenSalt = ByteString.CopyFromUtf8("s") },
    };
}
