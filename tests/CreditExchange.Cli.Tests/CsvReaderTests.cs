using CreditExchange.Cli.Import;
using CreditExchange.Cli.Samples;

namespace CreditExchange.Cli.Tests;

public sealed class CsvReaderTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        const string Alphabet = "ab,\"\r\n 名；";
        var random = new Random(20260101);
        for (var round = 0; round < 2_000; round++)
        {
            var records = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Enumerable.Range(0, random.Next(2, 6)).Select(
                _ => string.Concat(Enumerable.Range(0, random.Next(0, 8)).Select(_ => Alphabet[random.Next(Alphabet.Length)])))
                .ToList()).ToList();
            var text = string.Join(random.Next(2) == 0 ? "\n" : "\r\n", records.Select(static r => CsvWriter.Join(r)));

            Assert.Equal(records, Read(text).Select(static r => r.Fields));
        }
    }

    [Fact]
    public void Random_text_never_throws_and_always_ends()
    {
        const string Alphabet = "a,\"\r\n\0";
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            var text = string.Concat(Enumerable.Range(0, random.Next(0, 40)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));

            Assert.True(Read(text).Count <= text.Length + 1, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("a,b\n\"x\"y,z\nc,d\n")]
    [InlineData("a,b\nx\"y,z\nc,d\n")]
    public void A_stray_quote_spoils_its_own_record_only(string text)
    {
        var read = Read(text);

        Assert.Equal([CsvOutcome.Record, CsvOutcome.BadQuote, CsvOutcome.Record], read.Select(static r => r.Outcome));
        Assert.Equal(["c", "d"], read[2].Fields);
    }

    [Fact]
    public void A_quote_that_never_closes_stops_at_the_limit()
    {
        var csv = new CsvReader(new StringReader("a,b\n\"" + new string('x', 5_000)), longestRecord: 1_000);
        var fields = new List<string>();

        Assert.Equal(CsvOutcome.Record, csv.Read(fields));
        Assert.Equal(CsvOutcome.TooLong, csv.Read(fields));
    }

    [Fact]
    public void Lines_are_counted_through_quoted_line_ends()
    {
        var csv = new CsvReader(new StringReader("h,i\r\n\"a\r\nb\",c\r\n\r\nd,e"));
        var fields = new List<string>();
        var lines = new List<long>();
        while (csv.Read(fields) == CsvOutcome.Record)
        {
            lines.Add(csv.Line);
        }

        Assert.Equal([1, 2, 5], lines);
    }

    private static List<(CsvOutcome Outcome, List<string> Fields)> Read(string text)
    {
        var csv = new CsvReader(new StringReader(text));
        var all = new List<(CsvOutcome, List<string>)>();
        while (true)
        {
            var fields = new List<string>();
            var outcome = csv.Read(fields);
            if (outcome == CsvOutcome.End)
            {
                return all;
            }

            all.Add((outcome, fields));
            if (outcome == CsvOutcome.TooLong)
            {
                return all;
            }
        }
    }
}
