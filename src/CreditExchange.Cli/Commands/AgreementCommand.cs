using System.CommandLine;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Commands;

/// <summary>cx agreement.</summary>
internal static class AgreementCommand
{
    private const string DefaultAgency = "operator";

    public static Command Build(Invocation run) => new("agreement", Say.Agreement.In(run.Language))
    {
        Party(run), Propose(run), Countersign(run), Show(run), List(run),
        Step(run, "suspend", Say.AgreementSuspend, static async (hub, id, reason, document, cancel) => (await hub.SuspendAgreementAsync(
            new SuspendAgreementRequest { RequestId = Invocation.NewRequestId(), AgreementId = id, Reason = reason, Document = document },
            cancellationToken: cancel)).Status),
        Step(run, "resume", Say.AgreementResume, static async (hub, id, reason, document, cancel) => (await hub.ResumeAgreementAsync(
            new ResumeAgreementRequest { RequestId = Invocation.NewRequestId(), AgreementId = id, Reason = reason, Document = document },
            cancellationToken: cancel)).Status),
        Step(run, "end", Say.AgreementEnd, static async (hub, id, reason, document, cancel) => (await hub.EndAgreementAsync(
            new EndAgreementRequest { RequestId = Invocation.NewRequestId(), AgreementId = id, Reason = reason, Document = document },
            cancellationToken: cancel)).Status),
        Export(run),
    };

    private static Command Party(Invocation run)
    {
        var command = new Command("party", Say.AgreementPartyOf.In(run.Language));
        command.SetAction(async (_, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            run.Message((await channel.Recognition.DescribePartyAsync(new DescribePartyRequest(), cancellationToken: cancel)).Party);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Propose(Invocation run)
    {
        var file = new Argument<string>("TERMS") { Description = Say.AgreementTermsFile.In(run.Language) };
        var partner = new Option<string?>("--partner") { Description = Say.AgreementPartner.In(run.Language), HelpName = "FILE" };
        var command = new Command("propose", Say.AgreementPropose.In(run.Language)) { file, partner };
        command.SetAction(async (parsed, cancel) =>
        {
            var terms = AgreementFiles.ReadTerms(run, parsed.GetRequiredValue(file), parsed.GetValue(partner));
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Recognition.ProposeAgreementAsync(
                new ProposeAgreementRequest { RequestId = Invocation.NewRequestId(), Terms = terms }, cancellationToken: cancel);
            run.Message(answer.Status.Agreement.Signed);
            run.Note(Say.AgreementProposed, answer.Status.Agreement.AgreementId);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Countersign(Invocation run)
    {
        var file = new Argument<string>("FILE") { Description = Say.AgreementFile.In(run.Language) };
        var command = new Command("countersign", Say.AgreementCountersign.In(run.Language)) { file };
        command.SetAction(async (parsed, cancel) =>
        {
            var signed = AgreementFiles.ReadSigned(run, parsed.GetRequiredValue(file));
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Recognition.CountersignAgreementAsync(
                new CountersignAgreementRequest { RequestId = Invocation.NewRequestId(), Signed = signed }, cancellationToken: cancel);
            run.Message(answer.Status.Agreement.Signed);
            run.Note(Say.AgreementCountersigned, answer.Status.Agreement.AgreementId);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show(Invocation run)
    {
        var id = Id(run);
        var command = new Command("show", Say.AgreementShow.In(run.Language)) { id };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Recognition.GetAgreementAsync(
                new GetAgreementRequest { AgreementId = parsed.GetRequiredValue(id) }, cancellationToken: cancel);
            run.Message(answer.Status);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List(Invocation run)
    {
        var command = new Command("list", Say.AgreementList.In(run.Language));
        command.SetAction(async (_, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Recognition.ListAgreementsAsync(new ListAgreementsRequest(), cancellationToken: cancel);
            var table = new TextTable(run, Say.HeadCode, Say.HeadPartner, Say.HeadState, Say.HeadFrom, Say.HeadUntilDay, Say.HeadCounts);
            foreach (var status in answer.Agreements)
            {
                table.Add(
                    status, status.Agreement.AgreementId, status.Partner, status.Agreement.State.In(run.Language), status.Terms.From,
                    status.Terms.Until, status.Counts ? "✓" : "");
            }

            table.Write();
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Export(Invocation run)
    {
        var id = Id(run);
        var binary = new Option<string?>("--binary") { Description = Say.AgreementBinary.In(run.Language), HelpName = "FILE" };
        var command = new Command("export", Say.AgreementExport.In(run.Language)) { id, binary };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Recognition.GetAgreementAsync(
                new GetAgreementRequest { AgreementId = parsed.GetRequiredValue(id) }, cancellationToken: cancel);
            var signed = answer.Status.Agreement.Signed;
            if (parsed.GetValue(binary) is { } file)
            {
                AgreementFiles.Write(run, file, signed);
            }
            else
            {
                run.Message(signed);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Step(
        Invocation run, string name, Text what,
        Func<RecognitionService.RecognitionServiceClient, string, string, DecisionDocument?, CancellationToken, Task<AgreementStatus>> step)
    {
        var id = Id(run);
        var reason = new Option<string>("--reason") { Description = Say.Reason.In(run.Language), HelpName = "TEXT", Required = true };
        var document = new Option<string?>("--document") { Description = Say.AgreementDocument.In(run.Language), HelpName = "TEXT" };
        var authority = new Option<string?>("--authority") { Description = Say.AgreementAuthority.In(run.Language), HelpName = "TEXT" };
        var decidedOn = new Option<string?>("--decided-on") { Description = Say.AgreementDecidedOn.In(run.Language), HelpName = "DAY" };
        var command = new Command(name, what.In(run.Language)) { id, reason, document, authority, decidedOn };
        command.SetAction(async (parsed, cancel) =>
        {
            var decision = new DecisionDocument
            {
                Number = parsed.GetValue(document) ?? "",
                Authority = parsed.GetValue(authority) ?? "",
                DecidedOn = parsed.GetValue(decidedOn) ?? "",
            };
            using var channel = run.Connect(DefaultAgency);
            run.Message(await step(
                channel.Recognition, parsed.GetRequiredValue(id), parsed.GetRequiredValue(reason),
                decision.CalculateSize() > 0 ? decision : null, cancel));
            return ExitCode.Done;
        });
        return command;
    }

    private static Argument<string> Id(Invocation run) => new("ID") { Description = Say.AgreementId.In(run.Language) };
}
