using System.CommandLine;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Cli.Commands;

/// <summary>cx agency.</summary>
internal static class AgencyCommand
{
    private const string DefaultAgency = "security";

    public static Command Build(Invocation run) => new("agency", Say.Agency.In(run.Language))
    {
        List(run), Show(run), Put(run), Revoke(run),
    };

    private static Command List(Invocation run)
    {
        var command = new Command("list", Say.AgencyList.In(run.Language));
        command.SetAction(async (_, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Agencies.ListAgenciesAsync(new ListAgenciesRequest(), cancellationToken: cancel);
            var table = new TextTable(run, Say.HeadCode, Say.HeadName, Say.HeadKind, Say.HeadRegion, Say.HeadRevision, Say.HeadRevoked);
            foreach (var agency in answer.Agencies)
            {
                table.Add(
                    agency, agency.AgencyId, run.Of(agency.Name), agency.Kind.ToString(), agency.Region,
                    Invocation.Number(agency.Revision), agency.Revoked ? "✗" : "");
            }

            table.Write();
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show(Invocation run)
    {
        var id = new Argument<string>("ID") { Description = Say.AgencyId.In(run.Language) };
        var command = new Command("show", Say.AgencyShow.In(run.Language)) { id };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Agencies.GetAgencyAsync(
                new GetAgencyRequest { AgencyId = parsed.GetRequiredValue(id) }, cancellationToken: cancel);
            run.Message(answer.Agency);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Put(Invocation run)
    {
        var file = new Argument<string>("FILE") { Description = Say.AgencyFile.In(run.Language) };
        var reason = new Option<string>("--reason")
        {
            Description = Say.Reason.In(run.Language),
            HelpName = "TEXT",
            DefaultValueFactory = static _ => "cx agency put",
        };
        var command = new Command("put", Say.AgencyPut.In(run.Language)) { file, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            var agency = Read(run, parsed.GetRequiredValue(file));
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Agencies.PutAgencyAsync(
                new PutAgencyRequest
                {
                    RequestId = Invocation.NewRequestId(),
                    Agency = agency,
                    ExpectedRevision = await RevisionAsync(channel.Agencies, agency.AgencyId, cancel),
                    Reason = parsed.GetValue(reason),
                }, cancellationToken: cancel);
            run.Message(answer.Agency);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Revoke(Invocation run)
    {
        var id = new Argument<string>("ID") { Description = Say.AgencyId.In(run.Language) };
        var reason = new Option<string>("--reason") { Description = Say.Reason.In(run.Language), HelpName = "TEXT", Required = true };
        var command = new Command("revoke", Say.AgencyRevoke.In(run.Language)) { id, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Agencies.RevokeAgencyAsync(
                new RevokeAgencyRequest
                {
                    RequestId = Invocation.NewRequestId(),
                    AgencyId = parsed.GetRequiredValue(id),
                    Reason = parsed.GetRequiredValue(reason),
                }, cancellationToken: cancel);
            run.Message(answer.Agency);
            return ExitCode.Done;
        });
        return command;
    }

    private static Agency Read(Invocation run, string path) => run.ParseMessage<Agency>(path, run.ReadFile(path), "cx agency put");

    // 0 where it is new.
    private static async Task<long> RevisionAsync(
        AgencyService.AgencyServiceClient agencies, string id, CancellationToken cancel)
    {
        try
        {
            var known = await agencies.GetAgencyAsync(new GetAgencyRequest { AgencyId = id }, cancellationToken: cancel);
            return known.Agency.Revision;
        }
        catch (RpcException absent) when (absent.StatusCode == StatusCode.NotFound)
        {
            return 0;
        }
    }
}
