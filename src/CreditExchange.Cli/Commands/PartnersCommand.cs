using System.CommandLine;
using System.Globalization;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Cli.Commands;

/// <summary>cx partners: how the exchange with each partner stands, and what its operator decides.</summary>
internal static class PartnersCommand
{
    private const string DefaultAgency = "operator";

    public static Command Build(Invocation run)
    {
        var command = new Command("partners", Say.Partners.In(run.Language)) { Admit(run), Rotate(run) };
        command.SetAction((_, cancel) => ListAsync(run, cancel));
        return command;
    }

    private static async Task<int> ListAsync(Invocation run, CancellationToken cancel)
    {
        using var channel = run.Connect(DefaultAgency);
        var answer = await channel.Recognition.ListPartnersAsync(new ListPartnersRequest(), cancellationToken: cancel);
        var table = new TextTable(
            run, Say.HeadRegion, Say.HeadState, Say.HeadPosition, Say.HeadPartnerHead, Say.HeadPartnerAge, Say.HeadLag, Say.HeadRecognised, Say.HeadRefused,
            Say.HeadRefusedThere, Say.HeadLastFault);
        foreach (var partner in answer.Partners)
        {
            table.Add(
                partner, partner.Region, partner.State.In(run.Language), Invocation.Number(partner.Received.Position), Invocation.Number(partner.PartnerHead),
                Age(partner.Age), Invocation.Number(partner.Lag), Invocation.Number(partner.RecognisedCount), Invocation.Number(partner.RefusedCount),
                Invocation.Number(partner.RefusedThereCount), partner.LastFault.Length > 0 ? partner.LastFault : "-");
        }

        table.Write();
        foreach (var partner in answer.Partners)
        {
            if (partner.Fork is { } fork)
            {
                run.Note(Say.PartnerForked, partner.Region, fork.LedgerId, fork.Position);
            }

            if (partner.PendingEpoch is { } epoch)
            {
                run.Note(Say.PartnerEpoch, partner.Region, epoch.LedgerId, epoch.FirstPosition);
            }
        }

        return ExitCode.Done;
    }

    private static Command Admit(Invocation run)
    {
        var region = new Argument<string>("REGION") { Description = Say.PartnerRegion.In(run.Language) };
        var ledger = new Argument<string>("LEDGER") { Description = Say.PartnerLedger.In(run.Language) };
        var reason = new Option<string>("--reason") { Description = Say.Reason.In(run.Language), HelpName = "TEXT", Required = true };
        var command = new Command("admit", Say.PartnerAdmit.In(run.Language)) { region, ledger, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Recognition.AdmitEpochAsync(
                new AdmitEpochRequest
                {
                    RequestId = Invocation.NewRequestId(),
                    Region = parsed.GetRequiredValue(region),
                    LedgerId = parsed.GetRequiredValue(ledger),
                    Reason = parsed.GetRequiredValue(reason),
                },
                cancellationToken: cancel);
            run.Message(answer.Partner);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Rotate(Invocation run)
    {
        var region = new Argument<string>("REGION") { Description = Say.PartnerRegion.In(run.Language) };
        var reason = new Option<string>("--reason") { Description = Say.Reason.In(run.Language), HelpName = "TEXT", Required = true };
        var command = new Command("rotate-key", Say.PartnerRotate.In(run.Language)) { region, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            run.Message(await channel.Recognition.RotatePartnerKeyAsync(
                new RotatePartnerKeyRequest
                {
                    RequestId = Invocation.NewRequestId(),
                    Region = parsed.GetRequiredValue(region),
                    Reason = parsed.GetRequiredValue(reason),
                },
                cancellationToken: cancel));
            return ExitCode.Done;
        });
        return command;
    }

    private static string Age(Duration? age) =>
        age is null ? "-" : age.ToTimeSpan().TotalSeconds.ToString("0.0's'", CultureInfo.InvariantCulture);
}
