using System.CommandLine;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Commands;

/// <summary>cx listing.</summary>
internal static class ListingCommand
{
    // The operator runs the hub and reads no listings.
    private const string DefaultAgency = "hainan-approval";

    public static Command Build(Invocation run) => new("listing", Say.Listing.In(run.Language))
    {
        Get(run), List(run), ErasureCommands.Hold(run), ErasureCommands.Lift(run), ErasureCommands.Erase(run),
    };

    private static Command Get(Invocation run)
    {
        var id = new Argument<string>("ID") { Description = Say.ListingId.In(run.Language) };
        var command = new Command("get", Say.ListingGet.In(run.Language)) { id };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Registry.GetListingAsync(
                new GetListingRequest { ListingId = parsed.GetRequiredValue(id) }, cancellationToken: cancel);
            run.Message(answer.Listing);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List(Invocation run)
    {
        var language = run.Language;
        var list = new Option<string?>("--list") { Description = Say.ListCode.In(language), HelpName = "CODE" };
        var state = new Option<ListingState[]>("--state") { Description = Say.State.In(language), HelpName = "STATE" };
        var limit = new Option<int>("--limit") { Description = Say.Limit.In(language), HelpName = "N", DefaultValueFactory = static _ => 100 };
        var command = new Command("list", Say.ListingList.In(language)) { list, state, limit };
        command.SetAction((parsed, cancel) =>
        {
            var request = new ListListingsRequest { ListCode = parsed.GetValue(list) ?? "" };
            request.States.Add(parsed.GetValue(state) ?? []);
            return ListAsync(run, request, parsed.GetValue(limit), cancel);
        });
        return command;
    }

    private static async Task<int> ListAsync(Invocation run, ListListingsRequest request, int left, CancellationToken cancel)
    {
        using var channel = run.Connect(DefaultAgency);
        var table = new TextTable(run, Say.HeadCode, Say.HeadList, Say.HeadState, Say.HeadRevision, Say.HeadRegion);
        while (left > 0)
        {
            request.PageSize = Math.Min(left, 1000);
            var page = await channel.Registry.ListListingsAsync(request, cancellationToken: cancel);
            foreach (var listing in page.Listings)
            {
                table.Add(
                    listing, listing.ListingId, listing.ListCode, listing.State.In(run.Language),
                    Invocation.Number(listing.Revision), listing.Origin?.Region ?? "");
                left--;
            }

            request.PageToken = page.NextPageToken;
            if (request.PageToken.Length == 0)
            {
                break;
            }
        }

        table.Write();
        return ExitCode.Done;
    }
}
