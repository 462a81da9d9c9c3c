using System.Text.Json;
using CreditExchange.Domain.Samples;
using CreditExchange.Domain.Subjects;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Known = CreditExchange.Domain.Samples.Personas;

namespace CreditExchange.Cli.Tests;

public sealed class PersonaTests
{
    [Fact]
    public void There_are_ten_of_them_and_each_tells_both_languages_and_an_answer_for_every_matter()
    {
        Assert.Equal(
            ["clean", "listed", "repaired", "ended", "expired", "suspended", "scheduled", "represented", "minor", "traveller"],
            Known.All.Select(p => p.Name));
        foreach (var persona in Known.All)
        {
            Assert.All((string[])[persona.Title.Zh, persona.Title.En, persona.Shows.Zh, persona.Shows.En], Assert.NotEmpty);
            Assert.All(persona.Ids, id =>
            {
                Assert.Equal(Known.Matters, id.Expected.Keys);
                Assert.Equal(Known.Matters, id.ExpectedWithoutName.Keys);
            });
        }
    }

    [Fact]
    public void Their_numbers_are_well_formed_and_cannot_be_anybodys()
    {
        var numbers = Known.All.SelectMany(p => p.Ids).ToList();
        Assert.Equal(numbers.Count, numbers.Select(id => id.Id.Number).Distinct().Count());
        foreach (var id in numbers)
        {
            Assert.Equal(id.Id, SubjectIds.Normalise(id.Id, "subject", new DateOnly(2026, 1, 1)));
            Assert.StartsWith("样例", id.Name, StringComparison.Ordinal);
            var number = id.Id.Number;
            switch (id.Id.Kind)
            {
                case IdKind.ResidentId:
                    // Numbers are given out by counties, never by a province as such, and their serials begin at 001.
                    Assert.Equal(("460000", "000"), (number[..6], number[14..17]));
                    break;
                case IdKind.Uscc:
                    // No county has the code 460199, and no company a body code that begins with 000000.
                    Assert.StartsWith("91460199000000", number, StringComparison.Ordinal);
                    Assert.False(Regions.IsKnown("460199"));
                    break;
                default:
                    // Nobody issues passports in Antarctica.
                    Assert.Equal((IdKind.Passport, "ATA"), (id.Id.Kind, id.Id.Issuer));
                    break;
            }
        }
    }

    [Fact]
    public async Task Loaded_they_are_answered_as_the_file_says_and_loading_again_adds_nothing()
    {
        await using var hub = await HubServer.StartAsync();
        var first = await LoadAsync(hub);
        var head = await ExpiryAsync(hub);
        foreach (var persona in Known.All)
        {
            foreach (var id in persona.Ids)
            {
                await CheckAsync(hub, persona, id, id.Name, id.Expected);
                await CheckAsync(hub, persona, id, "", id.ExpectedWithoutName);
            }
        }

        Assert.Equal(first, await LoadAsync(hub));
        Assert.Equal(head, await PositionAsync(hub));
        foreach (var id in Known.All.SelectMany(p => p.Ids))
        {
            Assert.DoesNotContain(hub.Log, line => line.Contains(id.Id.Number, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Each_listing_comes_to_the_state_that_its_persona_is_named_after()
    {
        await using var hub = await HubServer.StartAsync();
        await LoadAsync(hub);
        await ExpiryAsync(hub);
        foreach (var (name, agency, state) in ((string, string, ListingState)[])
            [
                ("listed", "hainan-high-court", ListingState.Active), ("repaired", "hainan-tax", ListingState.Repaired),
                ("ended", "hainan-high-court", ListingState.Ended), ("expired", "haikou-customs", ListingState.Expired),
                ("suspended", "hainan-market-regulation", ListingState.Suspended),
                ("scheduled", "hainan-approval", ListingState.Scheduled),
            ])
        {
            var published = (PublishListingRequest)Known.Of(name).Steps[0].Request;
            var answer = await hub.Registry(agency).ListListingsAsync(new ListListingsRequest { ListCode = published.Listing.ListCode });
            Assert.Equal(state, answer.Listings.Single(l => l.SourceRef == published.Listing.SourceRef).State);
        }
    }

    [Fact]
    public async Task They_are_shown_in_both_languages_and_as_lines_that_a_check_reads()
    {
        var chinese = new Run();
        Assert.Equal(0, await chinese.Cx("personas", "--lang", "zh"));
        Assert.Contains("listed\t在列\tresident_id:460000185001010008,样例列名\t受限 ORDINARY_PROCEDURE\t正常\t受限 REFUSE\t", chinese.Out, StringComparison.Ordinal);
        var english = new Run();
        Assert.Equal(0, await english.Cx("personas", "--lang", "en"));
        Assert.Contains("traveller\tTraveller\tpassport@ATA:CX0000010,样例旅客\tRESTRICTED ORDINARY_PROCEDURE", english.Out, StringComparison.Ordinal);
        var json = new Run();
        Assert.Equal(0, await json.Cx("personas", "--json"));
        var lines = json.Out.TrimEnd().Split('\n');
        Assert.Equal(Known.All.Count, lines.Length);
        using var row = JsonDocument.Parse(lines[1]);
        Assert.Equal("listed", row.RootElement.GetProperty("name").GetString());
        Assert.Equal(
            "RESTRICTED",
            row.RootElement.GetProperty("ids")[0].GetProperty("expected").GetProperty("procurement.government-bid").GetProperty("verdict").GetString());
    }

    private static async Task<string> LoadAsync(HubServer hub)
    {
        var run = new Run
        {
            Variables = { ["CREDITEXCHANGE_GRPC_PORT"] = $"{new Uri(hub.GrpcAddress).Port}", ["CREDITEXCHANGE_DATA"] = hub.Data },
        };
        var code = await run.Cx("personas", "load", "--json");
        Assert.True(code == 0, run.Error);
        Assert.Contains("""{"name":"minor","steps":[{"listing_id":"","list_code":"","state":"","refused":"SUBJECT_UNDER_AGE"}]}""", run.Out, StringComparison.Ordinal);
        return run.Out;
    }

    // Checks honour the end of a term at once; the event that confirms it follows. Gives its position, the last of all.
    private static async Task<long> ExpiryAsync(HubServer hub)
    {
        using var watch = hub.Updates("hainan-approval").WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        var last = 0L;
        var expired = false;
        var head = await PositionAsync(hub);
        while (!expired || last < head)
        {
            Assert.True(await watch.ResponseStream.MoveNext(default));
            var told = watch.ResponseStream.Current;
            last = told.Event?.Position ?? last;
            expired |= told.Event?.Kind == EventKind.Expired;
        }

        return last;
    }

    private static async Task<long> PositionAsync(HubServer hub)
    {
        const string metric = "\ncreditexchange_ledger_position ";
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri($"{hub.HttpAddress}/metrics"));
        var from = metrics.IndexOf(metric, StringComparison.Ordinal) + metric.Length;
        return long.Parse(metrics.AsSpan(from, metrics.IndexOf('\n', from) - from), provider: null);
    }

    private static async Task CheckAsync(
        HubServer hub, Persona persona, PersonaId id, string name, IReadOnlyDictionary<string, PersonaVerdict> expected)
    {
        foreach (var (matter, verdict) in expected)
        {
            var answer = await hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
            {
                Subject = id.Id,
                SubjectName = name,
                Matter = matter,
                Purpose = "CASE-1",
            });
            var told = $"{answer.Verdict} {string.Join(',', answer.Consequences.Select(c => c.Code))}";
            Assert.Equal(
                $"{persona.Name} {id.Id.Kind} {matter} {verdict.Verdict} {string.Join(',', verdict.Consequences)}",
                $"{persona.Name} {id.Id.Kind} {matter} {told}");
        }
    }
}
