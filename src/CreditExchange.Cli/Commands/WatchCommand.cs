using System.CommandLine;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;
using CreditExchange.Client;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Cli.Commands;

/// <summary>cx watch.</summary>
internal static class WatchCommand
{
    public static Command Build(Invocation run)
    {
        var language = run.Language;
        var from = new Option<long>("--from") { Description = Say.From.In(language), HelpName = "N", DefaultValueFactory = static _ => 1 };
        var lists = new Option<string[]>("--list") { Description = Say.WatchList.In(language), HelpName = "CODE" };
        var regions = new Option<string[]>("--region") { Description = Say.WatchRegion.In(language), HelpName = "R" };
        var count = new Option<long?>("--count") { Description = Say.WatchCount.In(language), HelpName = "N" };
        var command = new Command("watch", Say.Watch.In(language)) { from, lists, regions, count };
        command.SetAction((parsed, cancel) =>
        {
            var request = new WatchUpdatesRequest { FromPosition = parsed.GetValue(from) };
            request.ListCodes.Add(parsed.GetValue(lists) ?? []);
            request.Regions.Add(parsed.GetValue(regions) ?? []);
            return RunAsync(run, request, parsed.GetValue(count) ?? long.MaxValue, cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(Invocation run, WatchUpdatesRequest request, long count, CancellationToken cancel)
    {
        using var channel = run.Connect("operator");
        var connected = false;
        var follower = new UpdateFollower(channel.Updates, request, run.Terminal.Time);
        follower.Interrupted += (failure, pause) =>
        {
            if (!connected)
            {
                // Nobody was ever there: say so instead of waiting for ever.
                throw failure;
            }

            run.Note(Say.WatchInterrupted, ErrorLine.Of(failure, run.Language, run.Address).Reason, pause.TotalSeconds);
        };
        try
        {
            await foreach (var message in follower.FollowAsync(cancel))
            {
                connected = true;
                if (message.MessageCase == WatchUpdatesResponse.MessageOneofCase.Event)
                {
                    Show(run, message.Event);
                    if (--count <= 0)
                    {
                        break;
                    }
                }
                else
                {
                    await run.Terminal.Out.FlushAsync(cancel);
                }
            }
        }
        catch (RpcException failure) when (HubError.From(failure) is { Reason: "LEDGER_DIVERGED" } hub)
        {
            var common = long.TryParse(hub.Facts.GetValueOrDefault("common"), out var position) ? position : 0;
            throw new CliError(
                ExitCode.Other, hub.Reason,
                Say.WatchDiverged.In(run.Language, hub.Facts.GetValueOrDefault("ledger_id", ""), follower.LedgerId, common, follower.Position),
                Say.WatchDivergedNext.In(run.Language, common + 1));
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how one stops watching.
        }

        return ExitCode.Done;
    }

    private static void Show(Invocation run, LedgerEvent change)
    {
        if (run.Json)
        {
            run.Message(change);
            return;
        }

        // Neither number nor name: a screen is seen by others.
        var what = change.BodyCase switch
        {
            LedgerEvent.BodyOneofCase.Listing =>
                $"{change.Listing.ListCode}\t{change.Listing.ListingId}\t{change.Listing.State.In(run.Language)}\tr{change.Listing.Revision}\t{change.Listing.Origin?.Agency}",
            LedgerEvent.BodyOneofCase.Agency => $"{change.Agency.AgencyId}\tr{change.Agency.Revision}",
            LedgerEvent.BodyOneofCase.Catalogue => change.Catalogue.Digest,
            LedgerEvent.BodyOneofCase.LegalHold => change.LegalHold.ListingId,
            LedgerEvent.BodyOneofCase.Erasure => change.Erasure.ListingId,
            LedgerEvent.BodyOneofCase.Epoch => change.Epoch.LedgerId,
            _ => change.Redaction == Redaction.Unspecified ? "" : change.Redaction.In(run.Language),
        };
        run.Line($"{change.Position}\t{change.RecordedAt?.ToDateTimeOffset():yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\t{change.Kind.In(run.Language)}\t{what}");
    }
}
