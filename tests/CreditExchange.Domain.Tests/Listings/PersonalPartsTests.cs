using System.Text;
using CreditExchange.Domain.Listings;
using CreditExchange.V1;
using Google.Protobuf;
using static CreditExchange.Domain.Tests.Listings.ListingSamples;

namespace CreditExchange.Domain.Tests.Listings;

public class PersonalPartsTests
{
    [Fact]
    public void The_two_parts_parse_to_the_whole_and_the_open_one_names_nobody()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var person = random.Next(2) == 0;
            var whole = Event(random, person);
            var (open, personal) = PersonalParts.Split(whole);
            var merged = LedgerEvent.Parser.ParseFrom(open.ToByteArray().Concat(personal.ToByteArray()).ToArray());
            Assert.Equal(whole.ToByteArray(), merged.ToByteArray());
            var text = Encoding.UTF8.GetString(open.ToByteArray());
            Assert.DoesNotContain(Person, text, StringComparison.Ordinal);
            Assert.DoesNotContain("某人", text, StringComparison.Ordinal);
            Assert.Equal(!person, text.Contains(Company, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_the_writer_assigns_stands_in_neither_part()
    {
        var whole = Event(new Random(1), person: true);
        whole.Position = 9;
        whole.PreviousPosition = 8;
        whole.RecordedAt = Stamp(Now);
        whole.Listing.Position = 9;
        whole.Commitment = ByteString.CopyFromUtf8("c");
        var (open, personal) = PersonalParts.Split(whole);
        Assert.Equal(Event(new Random(1), person: true), Merge(open, personal));
        Assert.Equal(9, whole.Listing.Position);
    }

    [Fact]
    public void A_link_with_a_person_is_sealed_whole()
    {
        var whole = new LedgerEvent
        {
            Kind = EventKind.SubjectLinked,
            Reason = "某人换证",
            SubjectLink = new SubjectLink { From = Resident(), To = new SubjectId { Kind = IdKind.Passport, Number = "E1", Issuer = "CHN" } },
        };
        var (open, personal) = PersonalParts.Split(whole);
        Assert.Equal(new LedgerEvent { Kind = EventKind.SubjectLinked }, open);
        Assert.Equal(whole, Merge(open, personal));
        whole.SubjectLink = new SubjectLink { From = Uscc(), To = Uscc() };
        Assert.Equal(new LedgerEvent(), PersonalParts.Split(whole).Personal);
    }

    [Fact]
    public void Equal_requests_have_equal_digests_and_others_have_not()
    {
        var request = new PublishListingRequest { RequestId = "r", Listing = Request() };
        var same = request.Clone();
        same.Listing.ListingId = "ignored";
        same.Listing.Position = 3;
        same.Listing.SubjectName = "　" + same.Listing.SubjectName + " ";
        Assert.Equal(ListingDigest.Content(request), ListingDigest.Content(same));
        same.Listing.Reason += "。";
        Assert.NotEqual(ListingDigest.Content(request), ListingDigest.Content(same));
    }

    private static LedgerEvent Merge(LedgerEvent open, LedgerEvent personal) =>
        LedgerEvent.Parser.ParseFrom(open.ToByteArray().Concat(personal.ToByteArray()).ToArray());

    private static LedgerEvent Event(Random random, bool person)
    {
        var listing = Published(Court, person ? Resident() : Uscc());
        if (person)
        {
            listing.SubjectName = "某人";
            listing.Reason = "某人拒不履行";
            listing.SourceRef = "某人-1";
            listing.Notice = random.Next(3) switch
            {
                0 => null,
                1 => new Notice(),
                _ => new Notice { ServedOn = "2026-06-03", Manner = "当面交给某人", Remedies = "某人可以异议" },
            };
        }

        for (var i = random.Next(3); i > 0; i--)
        {
            listing.RelatedPersons.Add(new RelatedPerson { Subject = Resident(), Name = "某人", Role = "director" });
        }

        for (var i = person ? random.Next(3) : 0; i > 0; i--)
        {
            listing.OtherIds.Add(Resident());
        }

        return new LedgerEvent
        {
            Kind = EventKind.Published,
            Listing = listing,
            Reason = person ? "某人" : "reason",
            Actor = "hainan-high-court",
        };
    }
}
