using System.Text;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Samples;
using CreditExchange.Domain.Samples;
using CreditExchange.Ledger;
using Microsoft.Extensions.DependencyInjection;
using static CreditExchange.Cli.Tests.NightlyFile;

namespace CreditExchange.Cli.Tests;

/// <summary>cx doctor: what it says is what cx import then does.</summary>
public sealed class DoctorTests(RealHub hub) : IClassFixture<RealHub>
{
    private const string Tax = "hainan-tax";

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public async Task The_verdict_on_each_row_is_what_the_import_then_does(int seed)
    {
        using var folder = new TemporaryFolder();
        var (text, secrets) = Mixed(seed, 80);
        var file = folder.File("rows.csv", text);
        var head = Head;

        var doctor = await hub.CxAsync(seed % 2 == 0 ? "zh" : "en", "doctor", file, "--as", Tax, "--json");

        Assert.Equal((ExitCode.Partly, ""), (doctor.Exit, doctor.Error));
        Assert.Equal(head, Head);
        Clean(doctor.Out, secrets);
        Clean((await hub.CxAsync("zh", "doctor", file, "--as", Tax)).Out, secrets);
        var import = await hub.CxAsync("zh", "import", file, "--as", Tax, "--json");
        Assert.Equal(ExitCode.Partly, import.Exit);
        Assert.Equal(Rejected(file), Refused(doctor.Out));
        Assert.Equal(80 - Refused(doctor.Out).Count, Summary(import.Out).GetProperty("accepted").GetInt64());
        Assert.Equal(Summary(doctor.Out).GetProperty("already_there").GetInt64(), Summary(import.Out).GetProperty("already_there").GetInt64());

        // A second time everything that was good is there already.
        doctor = await hub.CxAsync("en", "doctor", file, "--as", Tax, "--json");
        import = await hub.CxAsync("en", "import", file, "--as", Tax, "--json");
        Assert.Equal(Rejected(file), Refused(doctor.Out));
        Assert.Equal(0, Summary(doctor.Out).GetProperty("accept").GetInt64());
        Assert.Equal(Summary(import.Out).GetProperty("already_there").GetInt64(), Summary(doctor.Out).GetProperty("already_there").GetInt64());
    }

    [Fact]
    public async Task The_verdict_on_a_full_file_is_what_the_reconciling_import_then_does()
    {
        using var folder = new TemporaryFolder();
        var rows = Debtors(40);
        await hub.CxAsync("en", "import", folder.File("n1.csv", Text(rows)), "--as", Court, "--reconcile");
        rows.RemoveAt(39);
        rows[0][13] = "内容已变";
        rows[1][13] = "";
        rows[1][11] = "";
        rows.Add(Debtors(1, 900)[0]);
        rows.Add([.. Debtors(1, 901)[0]]);
        rows[^1][3] = "91350100M000100Y4Z";
        var file = folder.File("n2.csv", Text(rows));
        foreach (var ground in (string[][])[[], ["--ground", "TERM"], ["--ground", "DUTY_DONE"]])
        {
            var head = Head;
            var doctor = await hub.CxAsync("en", ["doctor", file, "--as", Court, "--reconcile", "--json", .. ground]);
            Assert.Equal((ExitCode.Partly, ""), (doctor.Exit, doctor.Error));
            Assert.Equal(head, Head);
            var import = await hub.CxAsync("en", ["import", file, "--as", Court, "--reconcile", "--json", .. ground]);
            Assert.Equal(Rejected(file), Refused(doctor.Out));
            var (said, did) = (Summary(doctor.Out), Summary(import.Out));
            foreach (var (word, count) in ((string, string)[])[("accept", "published"), ("amend", "amended"), ("unchanged", "unchanged"),
                ("end", "ended"), ("without_ground", "without_ground"), ("refuse", "rejected")])
            {
                Assert.Equal((word, did.GetProperty(count).GetInt64()), (word, said.GetProperty(word).GetInt64()));
            }
        }
    }

    [Fact]
    public async Task A_full_file_that_would_stop_is_told_so()
    {
        using var folder = new TemporaryFolder();
        var rows = Debtors(10, 2000);
        await hub.Hub.Registry(Tax).ListListingsAsync(new());
        var file = folder.File("n1.csv", Text(rows).TrimEnd());
        var told = await hub.CxAsync("en", "doctor", file, "--as", Court, "--reconcile", "--json");
        Assert.Equal(ExitCode.Stopped, told.Exit);
        Assert.NotNull(Summary(told.Out).GetProperty("stop").GetString());
    }

    [Fact]
    public async Task Without_a_hub_the_shipped_catalogue_judges()
    {
        using var folder = new TemporaryFolder();
        var rows = Debtors(3);
        rows[1][3] = "９１３５０１００Ｍ０００１００Ｙ４３";
        rows[2][3] = "9135**********0Y43";
        var run = new Run();

        Assert.Equal(ExitCode.Partly, await run.Cx("doctor", folder.File("n1.csv", Text(rows)), "--catalogue", "shipped", "--json", "--lang", "en"));

        var lines = Lines(run.Out);
        Assert.Equal(["accept", "accept", "refuse", "summary"], lines.Select(static l => l.GetProperty("outcome").GetString()));
        Assert.Contains("full-width", lines[1].GetProperty("note").GetString(), StringComparison.Ordinal);
        Assert.Equal("MASKED_NUMBER", lines[2].GetProperty("reason").GetString());
        Assert.False(lines[3].GetProperty("hub_asked").GetBoolean());
    }

    [Fact]
    public async Task A_file_in_another_encoding_is_named_with_the_command_that_converts_it()
    {
        using var folder = new TemporaryFolder();
        var csv = "source_ref,number,subject_name\nR-1,91350100M000100Y43,样例\n";
        var path = Path.Combine(folder.Path, "rows.csv");
        foreach (var (bytes, word) in ((byte[], string)[])[
            ([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(csv)], "UTF-16LE"),
            (Encoding.Unicode.GetBytes(csv), "UTF-16LE"),
            ([.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes(csv)], "UTF-16BE"),
            ([.. Encoding.ASCII.GetBytes("source_ref,number\nR-1,x"), 0xB1, 0xBB, 0xD6, 0xB4, 0xD0, 0xD0, (byte)'\n'], "GB18030"),
            (Encoding.UTF8.GetBytes(csv)[..^3], "middle of a character")])
        {
            await File.WriteAllBytesAsync(path, bytes);
            var run = new Run();
            Assert.Equal(ExitCode.Usage, await run.Cx("doctor", path, "--catalogue", "shipped", "--lang", "en"));
            Assert.Contains("NOT_UTF8", run.Error, StringComparison.Ordinal);
            Assert.Contains(word, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_wrong_header_is_told_with_the_columns_that_were_likely_meant_and_a_missing_one_without_its_names()
    {
        using var folder = new TemporaryFolder();
        var meant = new Run();
        await meant.Cx("doctor", folder.File("a.csv", "source_ref,id_number,subjct_name,姓名,surprise\n"), "--catalogue", "shipped", "--lang", "en");
        foreach (var word in (string[])["number missing", "'id_number': number meant?", "'subjct_name': subject_name meant?", "'surprise' is not known"])
        {
            Assert.Contains(word, meant.Error, StringComparison.Ordinal);
        }

        var bare = new Run();
        Assert.Equal(ExitCode.Usage, await bare.Cx("doctor", folder.File("b.csv", "王小明,11010519491231002X,tax.a-grade\n"), "--catalogue", "shipped"));
        Assert.DoesNotContain("王小明", bare.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("11010519491231002X", bare.Error, StringComparison.Ordinal);
    }

    private long Head => hub.Hub.Services.GetRequiredService<ILedger>().Head;

    private static List<(long, string?)> Refused(string output) =>
    [
        .. Lines(output).SkipLast(1).Where(static l => l.GetProperty("outcome").GetString() is "refuse" or "without_ground")
            .Select(static l => (l.GetProperty("line").GetInt64(), l.GetProperty("reason").GetString())).Order(),
    ];

    private static List<(long, string?)> Rejected(string file) =>
    [
        .. Lines(File.ReadAllText(file + ".rejects.ndjson"))
            .Select(static l => (l.GetProperty("line").GetInt64(), l.GetProperty("reason").GetString())).Order(),
    ];

    private static void Clean(string report, IEnumerable<string> secrets)
    {
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, report, StringComparison.OrdinalIgnoreCase);
        }
    }

    // Good rows, and rows with one fault each; the numbers and names that no report may tell.
    private static (string Text, HashSet<string> Secrets) Mixed(int seed, int count)
    {
        var random = new Random(seed);
        var rows = new List<string[]>();
        var secrets = new HashSet<string>(StringComparer.Ordinal);
        var samples = SampleListings.Generate(seed, 5000, new DateOnly(2026, 1, 5)).Where(static s => s.Publisher == Tax);
        foreach (var sample in samples.Take(count))
        {
            secrets.Add(sample.Listing.Subject.Number);
            secrets.Add(sample.Listing.SubjectName);
            var row = Split(CsvWriter.Row(sample.Listing));
            rows.Add(Spoil(row, rows, random));
            secrets.Add(rows[^1].Length > 3 && rows[^1][3].Contains('*') ? sample.Listing.SubjectName : rows[^1][Math.Min(3, rows[^1].Length - 1)]);
        }

        secrets.RemoveWhere(static s => s.Length < 4);
        return (CsvWriter.Header + "\n" + string.Concat(rows.Select(static r => CsvWriter.Join(r) + "\n")), secrets);
    }

    private static string[] Spoil(string[] row, List<string[]> before, Random random)
    {
        switch (random.Next(26))
        {
            case 0: row[3] = row[3][..^1] + (row[3][^1] == '7' ? '8' : '7'); break;
            case 1: row[3] = string.Concat(row[3].AsSpan(0, 4), "**********", row[3].AsSpan(14)); break;
            case 2: row[3] = string.Concat(row[3].Select(static c => (char)(c + 0xFEE0))); break;
            case 3: row[5] = ""; break;
            case 4: row[9] = "2024-13-40"; break;
            case 5: row[9] = "2099-01-01"; break;
            case 6: row[7] = ""; break;
            case 7: row[12] = ""; break;
            case 8: row[1] = "no.such-list"; break;
            case 9: row[1] = CourtList; break;
            case 10: row[17] = "no-such-measure"; break;
            case 11: row[16] = "王小明"; break;
            case 12 when before.Count > 0: return [.. before[^1]];
            case 13 when before.Count > 0 && before[^1].Length == row.Length:
                row = [.. before[^1]];
                row[6] += "（补充）";
                break;
            case 14: return row[..^1];
            case 15: row[6] = new string('长', 4001); break;
            case 16: row[5] += "\u202e"; break;
            case 17: row[15] = "2020-01-01"; break;
            case 18: row[10] = "2098-01-01"; break;
            case 19: row[2] = "unheard"; break;
            case 20: row[0] = ""; break;
            default: break;
        }

        return row;
    }

    private static string[] Split(string csv)
    {
        var fields = new List<string>();
        new Import.CsvReader(new StringReader(csv)).Read(fields);
        return [.. fields];
    }
}
