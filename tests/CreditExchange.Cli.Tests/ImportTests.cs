using System.Text;
using System.Text.Json;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Samples;

namespace CreditExchange.Cli.Tests;

public sealed class ImportTests
{
    private const string BadNumber = "91350100M000100Y4Z";

    [Fact]
    public async Task Good_rows_go_in_and_bad_ones_are_told_masked_and_for_the_owner_alone()
    {
        var registry = new FakeRegistry();
        await using var hub = await Served.StartAsync(registry);
        using var folder = new TemporaryFolder();
        var file = folder.File("rows.csv", Csv(50, bad: [7, 31]) + "R-x,x.y,???,甲\n");
        var run = Ready(folder);

        Assert.Equal(ExitCode.Partly, await run.Cx("import", file, "--as", "tax-1", "--address", hub.Address, "--json"));

        Assert.Equal(48, registry.Kept.Count);
        Assert.Equal("Bearer token-of-tax-1", Assert.Single(registry.Tokens));
        using var summary = JsonDocument.Parse(run.Out);
        Assert.Equal(48, summary.RootElement.GetProperty("accepted").GetInt64());
        Assert.Equal(2, summary.RootElement.GetProperty("rejected_by_reason").GetProperty("USCC_CHECK_DIGIT").GetInt64());
        var rejects = file + ".rejects.ndjson";
        var text = await File.ReadAllTextAsync(rejects);
        Assert.DoesNotContain(BadNumber, text, StringComparison.Ordinal);
        Assert.DoesNotContain(BadNumber, run.Out + run.Error, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(rejects));
        }

        var rows = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal([9L, 33, 52], rows.Select(static r => r.GetProperty("line").GetInt64()).Order());
        Assert.Contains(rows, static r => r.GetProperty("number").GetString() == "9135**********0Y4Z"
            && r.GetProperty("field").GetString() == "listing.subject.number" && r.GetProperty("source_ref").GetString() == "R-7");
    }

    [Fact]
    public async Task A_cut_stream_is_resumed_and_nothing_is_doubled_or_lost()
    {
        var registry = new FakeRegistry { CutAfter = 120, Cuts = 2 };
        await using var hub = await Served.StartAsync(registry);
        using var folder = new TemporaryFolder();
        var file = folder.File("rows.csv", Csv(500, bad: []));
        var run = Ready(folder);

        Assert.Equal(ExitCode.Done, await run.Cx("import", file, "--as", "tax-1", "--address", hub.Address, "--json", "--in-flight", "64"));

        Assert.Equal(3, registry.Streams);
        Assert.Equal(500, registry.Kept.Count);
        Assert.Equal(500, registry.Kept.Values.Select(static l => l.SourceRef).Distinct().Count());
        using var summary = JsonDocument.Parse(run.Out);
        Assert.Equal(500, summary.RootElement.GetProperty("accepted").GetInt64());
        Assert.False(File.Exists(file + ".rejects.ndjson"));
    }

    [Fact]
    public async Task The_same_file_twice_adds_nothing()
    {
        var registry = new FakeRegistry();
        await using var hub = await Served.StartAsync(registry);
        using var folder = new TemporaryFolder();
        var file = folder.File("rows.csv", Csv(100, bad: []));

        Assert.Equal(ExitCode.Done, await Ready(folder).Cx("import", file, "--as", "tax-1", "--address", hub.Address));
        Assert.Equal(ExitCode.Done, await Ready(folder).Cx("import", file, "--as", "tax-1", "--address", hub.Address));

        Assert.Equal(100, registry.Kept.Count);
    }

    [Fact]
    public async Task A_refused_stream_ends_with_the_exit_code_of_a_missing_right()
    {
        await using var hub = await Served.StartAsync(new FakeRegistry { RefuseAll = true });
        using var folder = new TemporaryFolder();
        var file = folder.File("rows.csv", Csv(10, bad: []));
        var run = Ready(folder);

        Assert.Equal(ExitCode.Refused, await run.Cx("import", file, "--as", "tax-1", "--address", hub.Address));

        Assert.Contains("PERMISSION_DENIED", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_GB18030_is_refused_before_any_row_is_sent()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("rows.csv", "");
        await File.WriteAllBytesAsync(file, [.. Encoding.ASCII.GetBytes("source_ref,number\n"), 0xB1, 0xBB, 0xD6, 0xB4, 0xD0, 0xD0]);
        var run = Ready(folder);

        Assert.Equal(ExitCode.Usage, await run.Cx("import", file, "--as", "tax-1", "--lang", "en"));

        Assert.Contains("GB18030", run.Error, StringComparison.Ordinal);
        Assert.Contains("iconv", run.Error, StringComparison.Ordinal);
    }

    private static string Csv(int count, int[] bad)
    {
        var text = new StringBuilder("source_ref,list_code,number,subject_name\n");
        for (var i = 0; i < count; i++)
        {
            var isBad = Array.IndexOf(bad, i) >= 0;
            text.Append(CsvWriter.Join($"R-{i}", "x.y", isBad ? BadNumber : "91350100M000100Y43", isBad ? "bad, 甲" : "甲")).Append('\n');
        }

        return text.ToString();
    }

    private static Run Ready(TemporaryFolder folder)
    {
        var tokens = Directory.CreateDirectory(Path.Combine(folder.Path, "tokens"));
        File.WriteAllText(Path.Combine(tokens.FullName, "tax-1.jwt"), "token-of-tax-1\n");
        return new Run { Variables = { ["CREDITEXCHANGE_DATA"] = folder.Path } };
    }
}
