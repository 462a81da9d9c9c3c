using System.CommandLine;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.Domain.Catalogues;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Commands;

/// <summary>cx catalogue.</summary>
internal static class CatalogueCommand
{
    private const string DefaultAgency = "operator";

    public static Command Build(Invocation run)
    {
        var language = run.Language;
        return new Command("catalogue", Say.Catalogue.In(language))
        {
            Show(run),
            Rows(run, "lists", Say.CatalogueLists, async (channel, day, table, cancel) =>
            {
                var answer = await channel.Catalogue.ListListKindsAsync(new ListListKindsRequest { AsOf = day }, cancellationToken: cancel);
                foreach (var row in answer.ListKinds)
                {
                    table.Add(row, row.Code, run.Of(row.Name), Basis(row.Basis), row.ValidFrom);
                }
            }),
            Rows(run, "matters", Say.CatalogueMatters, async (channel, day, table, cancel) =>
            {
                var answer = await channel.Catalogue.ListMattersAsync(new ListMattersRequest { AsOf = day }, cancellationToken: cancel);
                foreach (var row in answer.Matters)
                {
                    table.Add(row, row.Code, run.Of(row.Name), Basis(row.Basis), row.ValidFrom);
                }
            }),
            Rows(run, "measures", Say.CatalogueMeasures, async (channel, day, table, cancel) =>
            {
                var answer = await channel.Catalogue.ListMeasuresAsync(new ListMeasuresRequest { AsOf = day }, cancellationToken: cancel);
                foreach (var row in answer.Measures)
                {
                    table.Add(row, row.Code, run.Of(row.Name), Basis(row.Basis), row.ValidFrom);
                }
            }),
            Lint(run),
            Activate(run),
        };
    }

    private static Command Show(Invocation run)
    {
        var command = new Command("show", Say.CatalogueShow.In(run.Language));
        command.SetAction(async (_, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Catalogue.GetCatalogueAsync(new GetCatalogueRequest(), cancellationToken: cancel);
            run.Message(run.Json ? answer : answer.Catalogue);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Rows(
        Invocation run, string name, Text what,
        Func<Client.CreditExchangeChannel, string, TextTable, CancellationToken, Task> fill)
    {
        var asOf = new Option<string?>("--as-of") { Description = Say.AsOf.In(run.Language), HelpName = "D" };
        var command = new Command(name, what.In(run.Language)) { asOf };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var table = new TextTable(run, Say.HeadCode, Say.HeadName, Say.HeadBasis, Say.HeadSince);
            await fill(channel, parsed.GetValue(asOf) ?? "", table, cancel);
            table.Write();
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Lint(Invocation run)
    {
        var paths = Paths(run);
        var command = new Command("lint", Say.CatalogueLint.In(run.Language)) { paths };
        command.SetAction(parsed =>
        {
            var catalogue = Read(run, parsed.GetRequiredValue(paths));
            if (Faults(run, catalogue) > 0)
            {
                return ExitCode.Other;
            }

            run.Line(run.Json
                ? JsonLine.Of(json => json.WriteNumber("faults", 0))
                : Say.LintClean.In(run.Language, catalogue.ListKinds.Count, catalogue.Measures.Count, catalogue.Matters.Count));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Activate(Invocation run)
    {
        var paths = Paths(run);
        var dryRun = new Option<bool>("--dry-run") { Description = Say.DryRun.In(run.Language) };
        var command = new Command("activate", Say.CatalogueActivate.In(run.Language)) { paths, dryRun };
        command.SetAction(async (parsed, cancel) =>
        {
            var catalogue = Read(run, parsed.GetRequiredValue(paths));
            if (Faults(run, catalogue) > 0)
            {
                return ExitCode.Other;
            }

            using var channel = run.Connect(DefaultAgency);
            var only = parsed.GetValue(dryRun);
            var answer = await channel.Catalogue.ActivateCatalogueAsync(
                new ActivateCatalogueRequest { RequestId = Invocation.NewRequestId(), Catalogue = catalogue, ValidateOnly = only },
                cancellationToken: cancel);
            if (run.Json)
            {
                run.Message(answer);
            }
            else
            {
                run.Line(only ? Say.Validated.In(run.Language, answer.Digest) : Say.Activated.In(run.Language, answer.Digest, answer.Position));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Argument<string[]> Paths(Invocation run) =>
        new("DIR-or-FILES") { Description = Say.CataloguePaths.In(run.Language), Arity = ArgumentArity.OneOrMore };

    private static string Basis(LegalBasis? basis) => basis is null ? "" : $"{basis.Document} {basis.Article}".Trim();

    internal static Catalogue Read(Invocation run, string[] paths)
    {
        var files = new List<(string Name, string Json)>();
        foreach (var path in paths)
        {
            string[] found = Directory.Exists(path) ? Directory.GetFiles(path, "*.json") : [path];
            Array.Sort(found, StringComparer.Ordinal);
            foreach (var file in found)
            {
                files.Add((Path.GetFileName(file), run.ReadFile(file)));
            }
        }

        try
        {
            return CatalogueFiles.Parse(files);
        }
        catch (FormatException fault)
        {
            throw new CliError(ExitCode.Other, "CATALOGUE_INVALID", fault.Message, Say.LintNext.In(run.Language));
        }
    }

    private static int Faults(Invocation run, Catalogue catalogue)
    {
        var faults = CatalogueLint.Check(catalogue);
        foreach (var fault in faults)
        {
            var text = run.Language == Language.Zh ? fault.Zh : fault.En;
            run.Line(run.Json
                ? JsonLine.Of(json =>
                {
                    json.WriteString("row", fault.Row);
                    json.WriteString("field", fault.Field);
                    json.WriteString("message", text);
                })
                : $"{fault.Row}\t{fault.Field}\t{text}");
        }

        if (faults.Count > 0)
        {
            run.Note(Say.LintBad, faults.Count);
        }

        return faults.Count;
    }
}
