using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Import;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Tests;

public sealed class SampleTests
{
    [Fact]
    public async Task A_seed_and_a_day_decide_every_byte()
    {
        var first = await Sample("--seed", "7");
        var again = await Sample("--seed", "7");
        var other = await Sample("--seed", "8");

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Equal(200, first.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Csv_and_ndjson_hold_the_same_listings()
    {
        var json = await Sample("--seed", "7");
        var csv = await Sample("--seed", "7", "--format", "csv");

        var expected = NdjsonSource.Read(new StringReader(json), "", Language.En).Select(static r => Comparable(r.Request!.Listing)).ToList();
        var rows = CsvSource.Read(new StringReader(csv), "", Language.En).ToList();
        Assert.All(rows, static row => Assert.Null(row.Fault));
        Assert.Equal(expected, rows.Select(static r => Comparable(r.Request!.Listing)));
    }

    [Fact]
    public async Task A_publisher_and_a_list_can_be_chosen()
    {
        var all = CreditExchange.Domain.Samples.SampleListings.Generate(7, 500, new DateOnly(2026, 7, 1)).ToList();
        var publisher = all[0].Publisher;
        var list = all[0].Listing.ListCode;

        var json = await Sample("--seed", "7", "--publisher", publisher, "--list", list);

        var chosen = NdjsonSource.Read(new StringReader(json), "", Language.En).Select(static r => r.Request!.Listing).ToList();
        Assert.Equal(200, chosen.Count);
        Assert.All(chosen, one => Assert.Equal(list, one.ListCode));
        Assert.Contains(chosen, one => one.SourceRef == all[0].Listing.SourceRef);
    }

    private static async Task<string> Sample(params string[] args)
    {
        var run = new Run();
        Assert.Equal(ExitCode.Done, await run.Cx(["sample", "--count", "200", "--today", "2026-07-01", .. args]));
        return run.Out;
    }

    // The CSV has no columns for these.
    private static string Comparable(Listing listing)
    {
        var one = listing.Clone();
        one.RelatedPersons.Clear();
        one.OtherIds.Clear();
        one.LegalBasis = "";
        one.PersonalPublicationBasis = "";
        if (one.Notice is not null)
        {
            one.Notice.RepairNoticeServed = false;
        }

        return JsonFormatter.Default.Format(one);
    }
}
