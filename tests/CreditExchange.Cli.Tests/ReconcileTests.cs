using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;
using static CreditExchange.Cli.Tests.NightlyFile;

namespace CreditExchange.Cli.Tests;

/// <summary>cx import --reconcile against the real hub; each test has a hub of its own.</summary>
public sealed class ReconcileTests : IAsyncLifetime, IDisposable
{
    private readonly RealHub _hub = new();
    private readonly TemporaryFolder _folder = new();

    public Task InitializeAsync() => _hub.InitializeAsync();

    public Task DisposeAsync() => _hub.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_same_nightly_file_twice_writes_nothing_the_second_time()
    {
        var file = _folder.File("debtors.csv", Text(Debtors(40)));
        var first = await ReconcileAsync(0, file);
        Assert.Equal(40, first.GetProperty("published").GetInt64());
        var head = Head;

        var second = await ReconcileAsync(0, file);

        Assert.Equal(head, Head);
        Assert.Equal((0, 0, 40), Counts(second, "published", "amended", "unchanged"));
        Assert.False(File.Exists(file + ".rejects.ndjson"));
    }

    [Fact]
    public async Task One_changed_field_amends_that_field_and_the_same_change_can_be_made_again_later()
    {
        var rows = Debtors(40);
        await ReconcileAsync(0, _folder.File("n1.csv", Text(rows)));
        var before = await HeldAsync(_hub.Hub);
        rows[6][13] = "虚假诉讼规避执行";
        var changed = Text(rows);

        var told = await ReconcileAsync(0, _folder.File("n2.csv", changed));

        Assert.Equal((0, 1, 39), Counts(told, "published", "amended", "unchanged"));
        var after = await HeldAsync(_hub.Hub);
        var (was, now) = (before[rows[6][9]], after[rows[6][9]].Clone());
        Assert.Equal((2L, "虚假诉讼规避执行；义务：支付货款1元"), (now.Revision, now.Reason));
        Assert.Equal((was.Notice, was.Document, was.EffectiveUntil, was.Measures), (now.Notice, now.Document, now.EffectiveUntil, now.Measures));

        // Back, and to the same again: a request id of the content alone would be answered with the first amendment.
        rows[6][13] = "违反财产报告制度";
        Assert.Equal((0, 1, 39), Counts(await ReconcileAsync(0, _folder.File("n3.csv", Text(rows))), "published", "amended", "unchanged"));
        Assert.Equal((0, 1, 39), Counts(await ReconcileAsync(0, _folder.File("n4.csv", changed)), "published", "amended", "unchanged"));
        Assert.Equal("虚假诉讼规避执行；义务：支付货款1元", (await HeldAsync(_hub.Hub))[rows[6][9]].Reason);
    }

    [Fact]
    public async Task A_vanished_row_without_a_ground_is_listed_and_left_alone_and_with_one_it_is_ended()
    {
        var rows = Debtors(40);
        await ReconcileAsync(0, _folder.File("n1.csv", Text(rows)));
        var gone = rows[11];
        rows.RemoveAt(11);
        var file = _folder.File("n2.csv", Text(rows));
        var head = Head;

        var (exit, output, error) = await _hub.CxAsync("en", "import", file, "--as", Court, "--reconcile", "--json");

        Assert.Equal((ExitCode.Partly, ""), (exit, error));
        var listed = Lines(output)[0];
        Assert.Equal(("without_ground", gone[9], "GROUND_MISSING"), (
            listed.GetProperty("outcome").GetString(), listed.GetProperty("source_ref").GetString(), listed.GetProperty("reason").GetString()));
        Assert.DoesNotContain(gone[3], output, StringComparison.Ordinal);
        Assert.DoesNotContain(gone[3], await File.ReadAllTextAsync(file + ".rejects.ndjson"), StringComparison.Ordinal);
        Assert.Equal(head, Head);

        var told = await ReconcileAsync(
            0, file, "--ground", "履行完毕", "--ended-on", "2025-01-02", "--document", "结案通知1号", "--authority", "海口市样例区人民法院");

        Assert.Equal((1, 39), (told.GetProperty("ended").GetInt64(), told.GetProperty("unchanged").GetInt64()));
        var ended = (await HeldAsync(_hub.Hub))[gone[9]];
        Assert.Equal((ListingState.Ended, EndGround.DutyDone, "2025-01-02", "结案通知1号"), (
            ended.State, ended.Ending.Ground, ended.Ending.EndedOn, ended.Ending.Document.Number));
        head = Head;
        Assert.Equal(0, (await ReconcileAsync(0, file, "--ground", "DUTY_DONE")).GetProperty("ended").GetInt64());
        Assert.Equal(head, Head);
    }

    [Fact]
    public async Task A_file_of_grounds_ends_the_rows_that_it_names_and_no_others()
    {
        var rows = Debtors(60);
        await ReconcileAsync(0, _folder.File("n1.csv", Text(rows)));
        var (named, unnamed, kept) = (rows[3], rows[4], rows[5]);
        rows.RemoveRange(3, 2);
        var ends = _folder.File(
            "ends.csv",
            "source_ref,number,ground,ended_on,document_number,document_authority,reason\n"
            + $"{named[9]},{named[3]},SETTLED,2025-02-03,和解协议1号,海口市样例区人民法院,双方和解\n{kept[9]},,DUTY_DONE,,,,\n");
        var file = _folder.File("n2.csv", Text(rows));

        var told = await ReconcileAsync(1, file, "--ends", ends);

        Assert.Equal((1, 1, 1), Counts(told, "ended", "without_ground", "rejected"));
        Assert.Equal(1, told.GetProperty("rejected_by_reason").GetProperty("END_USELESS").GetInt64());
        var held = await HeldAsync(_hub.Hub);
        Assert.Equal((ListingState.Ended, EndGround.Settled), (held[named[9]].State, held[named[9]].Ending.Ground));
        Assert.Equal((ListingState.Active, ListingState.Active), (held[unnamed[9]].State, held[kept[9]].State));

        // Again: what was ended is there already.
        told = await ReconcileAsync(1, file, "--ends", ends);
        Assert.Equal((0, 1, 1), Counts(told, "ended", "without_ground", "already_there"));
    }

    [Fact]
    public async Task More_than_5_percent_vanished_stops_before_anything_is_sent_unless_confirmed()
    {
        var rows = Debtors(40);
        await ReconcileAsync(0, _folder.File("n1.csv", Text(rows)));
        var two = _folder.File("two.csv", Text(rows.Skip(2)));
        var three = _folder.File("three.csv", Text(rows.Skip(3).Append(Debtors(1, 500)[0])));
        var head = Head;

        var stopped = await _hub.CxAsync("en", "import", three, "--as", Court, "--reconcile", "--ground", "DUTY_DONE");
        Assert.Equal(ExitCode.Stopped, stopped.Exit);
        Assert.Contains("3 of the 40 live listings vanished", stopped.Error, StringComparison.Ordinal);
        Assert.Contains("RECONCILE_VANISHED", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(head, Head);

        var dry = await _hub.CxAsync("zh", "import", two, "--as", Court, "--reconcile", "--ground", "DUTY_DONE", "--dry-run", "--json");
        Assert.Equal((ExitCode.Done, 2L), (dry.Exit, Summary(dry.Out).GetProperty("ended").GetInt64()));
        Assert.Equal(head, Head);

        Assert.Equal((1, 3, 37), Counts(
            await ReconcileAsync(0, three, "--ground", "DUTY_DONE", "--confirm"), "published", "ended", "unchanged"));
    }

    [Fact]
    public async Task An_empty_a_cut_off_and_a_damaged_file_end_nothing()
    {
        var rows = Debtors(40);
        await ReconcileAsync(0, _folder.File("n1.csv", Text(rows)));
        var head = Head;
        var empty = _folder.File("empty.csv", Text([]));
        await _hub.FailsAsync(
            ExitCode.Stopped, "FILE_EMPTY", "import", empty, "--as", Court, "--reconcile", "--list", CourtList, "--ground", "DUTY_DONE", "--confirm");
        await _hub.FailsAsync(
            ExitCode.Usage, "CSV_HEADER", "import", _folder.File("nothing.csv", ""), "--as", Court, "--reconcile", "--ground", "DUTY_DONE");
        var whole = Text(rows);
        var cut = _folder.File("cut.csv", whole[..^9]);
        Assert.Equal(ExitCode.Stopped, (await _hub.CxAsync("en", "import", cut, "--as", Court, "--reconcile", "--ground", "DUTY_DONE")).Exit);
        Assert.Equal(head, Head);

        // The damaged row may be the one that is missing.
        var damaged = _folder.File("damaged.csv", Text(rows.Skip(1)) + "a,b,c\r\n");
        var told = await ReconcileAsync(1, damaged, "--ground", "DUTY_DONE");
        Assert.Equal((0, 1, 1), Counts(told, "ended", "without_ground", "rejected"));
        Assert.Equal(head, Head);

        // A row that names its listing and can't be used otherwise keeps it.
        rows[0][14] = "2024年13月6日";
        told = await ReconcileAsync(1, _folder.File("date.csv", Text(rows)), "--ground", "DUTY_DONE");
        Assert.Equal((0, 0, 1), Counts(told, "ended", "without_ground", "rejected"));
        Assert.Equal(head, Head);
    }

    [Fact]
    public async Task Shifted_columns_that_change_every_row_stop_the_run()
    {
        var rows = Debtors(40);
        await ReconcileAsync(0, _folder.File("n1.csv", Text(rows)));
        var head = Head;
        foreach (var row in rows)
        {
            (row[11], row[13]) = (row[13], row[11]);
        }

        var stopped = await _hub.CxAsync("zh", "import", _folder.File("n2.csv", Text(rows)), "--as", Court, "--reconcile");

        Assert.Equal(ExitCode.Stopped, stopped.Exit);
        Assert.Contains("RECONCILE_CHANGED", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(head, Head);
    }

    [Fact]
    public async Task What_the_hub_has_closed_is_not_put_back_by_a_file_that_still_has_it()
    {
        var rows = Debtors(40);
        var file = _folder.File("n1.csv", Text(rows));
        await ReconcileAsync(0, file);
        var listing = (await HeldAsync(_hub.Hub))[rows[8][9]];
        await _hub.Hub.Registry(Court).EndListingAsync(new EndListingRequest
        {
            RequestId = "end",
            ListingId = listing.ListingId,
            ExpectedRevision = 1,
            Reason = "履行完毕",
            Ground = EndGround.DutyDone,
        });
        var head = Head;
        rows[8][13] = "内容已变";

        var told = await ReconcileAsync(1, _folder.File("n2.csv", Text(rows)));

        Assert.Equal(1, told.GetProperty("rejected_by_reason").GetProperty("CLOSED_AT_HUB").GetInt64());
        Assert.Equal((0, 0, 39), Counts(told, "published", "amended", "unchanged"));
        Assert.Equal(head, Head);
    }

    [Fact]
    public async Task A_row_that_stands_twice_counts_once()
    {
        var rows = Debtors(5);
        rows.Add([.. rows[0]]);
        rows[5][13] = "另一内容";

        var told = await ReconcileAsync(1, _folder.File("n1.csv", Text(rows)));

        Assert.Equal((5, 1), (told.GetProperty("published").GetInt64(), told.GetProperty("rejected_by_reason").GetProperty("ROW_TWICE").GetInt64()));
        Assert.StartsWith("违反", (await HeldAsync(_hub.Hub))[rows[0][9]].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_stopped_in_the_middle_is_finished_by_the_next_one()
    {
        var rows = Debtors(1500);
        var file = _folder.File("n1.csv", Text(rows));
        using var stop = new CancellationTokenSource();
        var run = CommandLine.RunAsync(
            ["import", file, "--as", Court, "--reconcile", "--in-flight", "8", "--address", _hub.Hub.GrpcAddress],
            new Terminal
            {
                Out = TextWriter.Null,
                Error = TextWriter.Null,
                Environment = name => name == "CREDITEXCHANGE_DATA" ? _hub.Hub.Data : null,
            },
            stop.Token);
        var before = Head;
        while (Head < before + 100 && !run.IsCompleted)
        {
            await Task.Yield();
        }

        await stop.CancelAsync();
        Assert.Equal(ExitCode.Other, await run);
        var there = (await HeldAsync(_hub.Hub)).Count;
        Assert.InRange(there, 1, 1499);

        // What was still on its way to the ledger at the stop may have come in since.
        var told = await ReconcileAsync(0, file);

        Assert.Equal(1500, told.GetProperty("published").GetInt64() + told.GetProperty("unchanged").GetInt64() + told.GetProperty("already_there").GetInt64());
        var held = await HeldAsync(_hub.Hub);
        Assert.Equal((1500, true), (held.Count, held.Values.All(static l => l.Revision == 1)));
    }

    [Theory]
    [InlineData("--ends", "x.csv")]
    [InlineData("--ground", "DUTY_DONE")]
    [InlineData("--confirm", null)]
    [InlineData("--dry-run", null)]
    [InlineData("--reconcile --ground", "NO_SUCH_GROUND")]
    [InlineData("--reconcile --ended-on", "2025-01-01")]
    public async Task Words_that_make_no_sense_are_usage_errors(string word, string? value)
    {
        var file = _folder.File("n1.csv", Text(Debtors(1)));
        string[] words = [.. word.Split(' '), .. value is null ? [] : new[] { value }];
        await _hub.FailsAsync(ExitCode.Usage, "USAGE", ["import", file, "--as", Court, .. words]);
    }

    private long Head => _hub.Hub.Services.GetRequiredService<ILedger>().Head;

    private async Task<System.Text.Json.JsonElement> ReconcileAsync(int exit, string file, params string[] words)
    {
        var (code, output, error) = await _hub.CxAsync("zh", ["import", file, "--as", Court, "--reconcile", "--json", .. words]);
        Assert.True(exit == code, $"{code}: {error}{output}");
        return Summary(output);
    }

    private static (long, long, long) Counts(System.Text.Json.JsonElement told, string a, string b, string c) =>
        (told.GetProperty(a).GetInt64(), told.GetProperty(b).GetInt64(), told.GetProperty(c).GetInt64());
}
