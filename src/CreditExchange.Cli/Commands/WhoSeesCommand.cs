using System.CommandLine;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Commands;

/// <summary>cx who-sees: field, kind of recipient and states, as the hub's field mask decides them now.</summary>
internal static class WhoSeesCommand
{
    private static readonly ListingState[] States = Array.FindAll(Enum.GetValues<ListingState>(), s => s != ListingState.Unspecified);

    public static Command Build(Invocation run)
    {
        var list = new Argument<string>("LIST") { Description = Say.ListCode.In(run.Language) };
        var command = new Command("who-sees", Say.WhoSees.In(run.Language)) { list };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect("operator");
            var answer = await channel.Catalogue.GetFieldMaskAsync(
                new GetFieldMaskRequest { ListCode = parsed.GetRequiredValue(list) }, cancellationToken: cancel);
            if (run.Json)
            {
                foreach (var row in answer.Rows)
                {
                    run.Message(row);
                }

                return ExitCode.Done;
            }

            var table = new TextTable(run, Say.HeadField, Say.HeadRecipient, Say.HeadSubject, Say.HeadStates);
            foreach (var rows in answer.Rows.GroupBy(r => r.Recipient))
            {
                AddRecipient(run, table, rows.Key, [.. rows]);
            }

            table.Write();
            return ExitCode.Done;
        });
        return command;
    }

    private static void AddRecipient(Invocation run, TextTable table, RecipientKind recipient, FieldMaskRow[] rows)
    {
        var name = Name(recipient).In(run.Language);
        var fields = rows.SelectMany(r => r.Fields).Distinct().ToList();
        var published = rows.SelectMany(r => r.FieldsWhilePublished).Distinct().ToList();
        if (fields.Count + published.Count == 0)
        {
            table.Row("-", name, Say.AnySubject.In(run.Language), "-");
        }

        AddFields(run, table, name, fields, (field, organisation) => StatesOf(rows, r => r.Fields, field, organisation));
        AddFields(
            run, table, $"{name} ({Say.WhilePublished.In(run.Language)})", published,
            (field, organisation) => StatesOf(rows, r => r.FieldsWhilePublished, field, organisation));
    }

    private static void AddFields(
        Invocation run, TextTable table, string name, List<string> fields, Func<string, bool, List<ListingState>> states)
    {
        foreach (var field in fields)
        {
            var persons = states(field, false);
            var organisations = states(field, true);
            if (persons.SequenceEqual(organisations))
            {
                table.Row(field, name, Say.AnySubject.In(run.Language), Names(run, persons));
                continue;
            }

            if (persons.Count > 0)
            {
                table.Row(field, name, Say.Persons.In(run.Language), Names(run, persons));
            }

            if (organisations.Count > 0)
            {
                table.Row(field, name, Say.Organisations.In(run.Language), Names(run, organisations));
            }
        }
    }

    private static List<ListingState> StatesOf(
        FieldMaskRow[] rows, Func<FieldMaskRow, IEnumerable<string>> fields, string field, bool organisation) =>
        [.. rows.Where(r => r.Organisation == organisation && fields(r).Contains(field)).Select(r => r.State)];

    private static string Names(Invocation run, List<ListingState> states) => states.Count == States.Length
        ? Say.AnyState.In(run.Language)
        : string.Join(run.Language == Language.Zh ? "、" : ", ", states.Select(s => s.In(run.Language)));

    private static Text Name(RecipientKind recipient) => recipient switch
    {
        RecipientKind.Publisher => Say.RecipientPublisher,
        RecipientKind.Agency => Say.RecipientAgency,
        RecipientKind.Counter => Say.RecipientCounter,
        RecipientKind.Partner => Say.RecipientPartner,
        RecipientKind.RecognisingPartner => Say.RecipientRecognisingPartner,
        RecipientKind.Operator => Say.RecipientOperator,
        RecipientKind.Public => Say.RecipientPublic,
        RecipientKind.Platform => Say.RecipientPlatform,
        _ => Say.Unclear,
    };
}
