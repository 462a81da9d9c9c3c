using CreditExchange.Cli.Errors;
using CreditExchange.Domain.Catalogues;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Tests;

public sealed class CatalogueCommandTests(RealHub hub) : IClassFixture<RealHub>
{
    [Theory]
    [InlineData("lists")]
    [InlineData("matters")]
    [InlineData("measures")]
    public async Task Rows_are_told_in_the_language_of_the_run_and_as_of_a_day(string what)
    {
        var catalogue = JsonParser.Default.Parse<Catalogue>((await hub.CxAsync("zh", "catalogue", "show")).Out);
        (string Code, LocalizedText Name, string From, string Until)[] rows = what switch
        {
            "lists" => [.. catalogue.ListKinds.Select(static r => (r.Code, r.Name, r.ValidFrom, r.ValidUntil))],
            "matters" => [.. catalogue.Matters.Select(static r => (r.Code, r.Name, r.ValidFrom, r.ValidUntil))],
            _ => [.. catalogue.Measures.Select(static r => (r.Code, r.Name, r.ValidFrom, r.ValidUntil))],
        };
        foreach (var lang in (string[])["zh", "en"])
        {
            foreach (var day in (string[])["2021-12-31", "2026-03-02"])
            {
                var told = await hub.CxAsync(lang, "catalogue", what, "--as-of", day);
                Assert.Equal((ExitCode.Done, ""), (told.Exit, told.Error));
                Assert.Equal(
                    rows.Where(r => LegalDay.Covers(r.From, r.Until, DateOnly.ParseExact(day, "yyyy-MM-dd", null)))
                        .Select(r => $"{r.Code}\t{(lang == "zh" ? r.Name.Zh : r.Name.En)}"),
                    told.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => string.Join('\t', l.Split('\t')[..2])));
            }
        }

        Assert.NotEmpty((await hub.CxAsync("en", "catalogue", what)).Out);
        var json = await hub.CxAsync("en", "catalogue", what, "--json", "--as", "haikou-dutyfree");
        Assert.All(json.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries), static l => Assert.StartsWith("{", l, StringComparison.Ordinal));
        await hub.FailsAsync(ExitCode.Other, "DATE", "catalogue", what, "--as-of", "2026-02-30");
    }

    [Fact]
    public async Task What_show_tells_can_be_changed_and_activated()
    {
        using var folder = new TemporaryFolder();
        var shown = await hub.CxAsync("zh", "catalogue", "show");
        Assert.Equal((ExitCode.Done, ""), (shown.Exit, shown.Error));
        var catalogue = JsonParser.Default.Parse<Catalogue>(shown.Out);
        var before = JsonParser.Default.Parse<GetCatalogueResponse>((await hub.CxAsync("zh", "catalogue", "show", "--json")).Out);
        Assert.Equal(before.Catalogue, catalogue);
        catalogue.ListKinds[0].Name.Zh += "（更名）";
        var file = folder.File("catalogue.json", Commands.Invocation.Formatter.Format(catalogue));

        var linted = await hub.CxAsync("en", "catalogue", "lint", file);
        Assert.Equal(ExitCode.Done, linted.Exit);
        var tried = await hub.CxAsync("en", "catalogue", "activate", file, "--dry-run");
        Assert.Equal(ExitCode.Done, tried.Exit);
        Assert.StartsWith("Valid: digest ", tried.Out, StringComparison.Ordinal);
        var still = JsonParser.Default.Parse<GetCatalogueResponse>((await hub.CxAsync("zh", "catalogue", "show", "--json")).Out);
        Assert.Equal(before.Digest, still.Digest);

        var activated = await hub.CxAsync("zh", "catalogue", "activate", file);
        Assert.Equal(ExitCode.Done, activated.Exit);
        Assert.StartsWith("已启用，摘要 ", activated.Out, StringComparison.Ordinal);
        var again = JsonParser.Default.Parse<ActivateCatalogueResponse>((await hub.CxAsync("zh", "catalogue", "activate", file, "--json")).Out);
        Assert.True(again.Position > before.Position);
        GetCatalogueResponse now;
        do
        {
            now = JsonParser.Default.Parse<GetCatalogueResponse>((await hub.CxAsync("zh", "catalogue", "show", "--json")).Out);
        }
        while (now.Position < again.Position);
        Assert.Equal((again.Digest, again.Position), (now.Digest, now.Position));
        Assert.Equal(catalogue, now.Catalogue);
    }

    [Fact]
    public async Task A_catalogue_that_lets_a_list_vanish_is_sound_but_refused_by_the_hub()
    {
        using var folder = new TemporaryFolder();
        var catalogue = JsonParser.Default.Parse<Catalogue>((await hub.CxAsync("zh", "catalogue", "show")).Out);
        var before = folder.File("before.json", Commands.Invocation.Formatter.Format(catalogue));
        var added = catalogue.ListKinds[0].Clone();
        added.Code = "test.another";
        catalogue.ListKinds.Add(added);
        var after = folder.File("after.json", Commands.Invocation.Formatter.Format(catalogue));
        var activated = await hub.CxAsync("en", "catalogue", "activate", after, "--json");
        Assert.Equal((ExitCode.Done, ""), (activated.Exit, activated.Error));
        var position = JsonParser.Default.Parse<ActivateCatalogueResponse>(activated.Out).Position;
        while (JsonParser.Default.Parse<GetCatalogueResponse>((await hub.CxAsync("en", "catalogue", "show", "--json")).Out).Position < position)
        {
            await Task.Yield();
        }

        Assert.Equal(ExitCode.Done, (await hub.CxAsync("en", "catalogue", "lint", before)).Exit);
        await hub.FailsAsync(ExitCode.Other, "CATALOGUE_INVALID", "catalogue", "activate", before, "--dry-run");
    }

    [Fact]
    public async Task What_is_wrong_with_a_catalogue_is_told_row_by_row_before_anything_is_sent()
    {
        using var folder = new TemporaryFolder();
        var catalogue = CatalogueFiles.Shipped();
        catalogue.ListKinds[0].Name.En = "";
        var file = folder.File("catalogue.json", Commands.Invocation.Formatter.Format(catalogue));
        foreach (var command in (string[])["lint", "activate"])
        {
            foreach (var lang in (string[])["zh", "en"])
            {
                var told = await hub.CxAsync(lang, "catalogue", command, file);
                Assert.Equal(ExitCode.Other, told.Exit);
                Assert.Contains(catalogue.ListKinds[0].Code, told.Out, StringComparison.Ordinal);
                Assert.Contains(lang == "zh" ? "目录有" : "The catalogue has", told.Error, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task What_can_not_be_activated_ends_with_its_code()
    {
        using var folder = new TemporaryFolder();
        var good = folder.File("good.json", Commands.Invocation.Formatter.Format(CatalogueFiles.Shipped()));
        var broken = folder.File("broken.json", "{");
        await hub.FailsAsync(ExitCode.Refused, "SCOPE_MISSING", "catalogue", "activate", good, "--as", "haikou-dutyfree");
        await hub.FailsAsync(ExitCode.Refused, "SCOPE_MISSING", "catalogue", "activate", good, "--as", "security", "--dry-run");
        await hub.FailsAsync(ExitCode.Usage, "FILE", "catalogue", "activate", Path.Combine(folder.Path, "none.json"));
        Assert.Equal(ExitCode.Other, (await hub.CxAsync("en", "catalogue", "activate", broken)).Exit);
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "catalogue", "activate");
    }

    [Fact]
    public async Task Who_sees_what_is_told_by_field_recipient_and_state_in_both_languages()
    {
        var zh = await hub.CxAsync("zh", "who-sees", "court.dishonest-judgment-debtor");
        var en = await hub.CxAsync("en", "who-sees", "court.dishonest-judgment-debtor");
        Assert.Equal((ExitCode.Done, "", ExitCode.Done), (zh.Exit, zh.Error, en.Exit));
        Assert.Contains("subject_name\t本省机构\t全部主体\t生效、中止、待生效\n", zh.Out, StringComparison.Ordinal);
        Assert.Contains("subject_name\tagency of the province\tall subjects\tActive, Suspended, Scheduled\n", en.Out, StringComparison.Ordinal);
        Assert.Contains("-\tcounter\tall subjects\t-\n", en.Out, StringComparison.Ordinal);
        Assert.Contains("notice\tits publisher\tall subjects\tall states\n", en.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("notice\tagency", en.Out, StringComparison.Ordinal);
        var json = await hub.CxAsync("en", "who-sees", "court.dishonest-judgment-debtor", "--json");
        Assert.Contains("subject_name\tdata platform (while published)\tall subjects\tActive, Suspended, Scheduled\n", en.Out, StringComparison.Ordinal);
        Assert.Contains("subject\t数据平台 (公开期间)\t组织\t生效、中止、待生效\n", zh.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("subject\tdata platform\t", en.Out, StringComparison.Ordinal);
        Assert.Equal(8 * 7 * 2, json.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(JsonParser.Default.Parse<FieldMaskRow>).Count());
        await hub.FailsAsync(ExitCode.Other, "LIST_UNKNOWN", "who-sees", "no.such");
    }
}
