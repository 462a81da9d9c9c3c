using System.CommandLine;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Commands;

/// <summary>cx listing hold, lift and erase. The listing's publisher does that, so there is no agency that they stand for.</summary>
internal static class ErasureCommands
{
    public static Command Hold(Invocation run) => OfHold(run, "hold", Say.ListingHold, async (channel, id, reason, authority, document, cancel) =>
        (await channel.PlaceHoldAsync(
            new PlaceHoldRequest { RequestId = Invocation.NewRequestId(), ListingId = id, Reason = reason, Authority = authority, Document = document },
            cancellationToken: cancel)).Position);

    public static Command Lift(Invocation run) => OfHold(run, "lift", Say.ListingLift, async (channel, id, reason, authority, document, cancel) =>
        (await channel.LiftHoldAsync(
            new LiftHoldRequest { RequestId = Invocation.NewRequestId(), ListingId = id, Reason = reason, Authority = authority, Document = document },
            cancellationToken: cancel)).Position);

    public static Command Erase(Invocation run)
    {
        var language = run.Language;
        var id = new Argument<string>("ID") { Description = Say.ListingId.In(language) };
        var revision = new Option<long>("--revision") { Description = Say.Revision.In(language), HelpName = "N", Required = true };
        var reason = new Option<string>("--reason") { Description = Say.Reason.In(language), HelpName = "TEXT", Required = true };
        var command = new Command("erase", Say.ListingErase.In(language)) { id, revision, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.ConnectAsStated();
            var answer = await channel.Maintenance.EraseListingAsync(
                new EraseListingRequest
                {
                    RequestId = Invocation.NewRequestId(),
                    ListingId = parsed.GetRequiredValue(id),
                    ExpectedRevision = parsed.GetValue(revision),
                    Reason = parsed.GetRequiredValue(reason),
                }, cancellationToken: cancel);
            Answer(run, Say.ListingErased, answer.Erasure.ListingId, answer.Position);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command OfHold(
        Invocation run, string name, Text text,
        Func<MaintenanceService.MaintenanceServiceClient, string, string, string, string, CancellationToken, Task<long>> send)
    {
        var language = run.Language;
        var id = new Argument<string>("ID") { Description = Say.ListingId.In(language) };
        var reason = new Option<string>("--reason") { Description = Say.Reason.In(language), HelpName = "TEXT", Required = true };
        var authority = new Option<string>("--authority") { Description = Say.Authority.In(language), HelpName = "TEXT", Required = true };
        var document = new Option<string>("--document") { Description = Say.Document.In(language), HelpName = "TEXT", Required = true };
        var command = new Command(name, text.In(language)) { id, reason, authority, document };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.ConnectAsStated();
            var position = await send(
                channel.Maintenance, parsed.GetRequiredValue(id), parsed.GetRequiredValue(reason), parsed.GetRequiredValue(authority),
                parsed.GetRequiredValue(document), cancel);
            Answer(run, Say.ListingRecorded, parsed.GetRequiredValue(id), position);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Answer(Invocation run, Text text, string id, long position) => run.Line(run.Json
        ? System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, string> { ["listing_id"] = id, ["position"] = Invocation.Number(position) })
        : text.In(run.Language, id, position));
}
