using System.CommandLine;
using System.Globalization;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Cli.Commands;

/// <summary>cx consumers: who follows the ledger, and how far each says it is.</summary>
internal static class ConsumersCommand
{
    private const string DefaultAgency = "operator";

    public static Command Build(Invocation run)
    {
        var command = new Command("consumers", Say.Consumers.In(run.Language));
        command.SetAction(async (_, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Updates.ListConsumersAsync(new ListConsumersRequest(), cancellationToken: cancel);
            var table = new TextTable(
                run, Say.HeadAgency, Say.HeadName, Say.HeadPosition, Say.HeadLag, Say.HeadBehind, Say.HeadTold, Say.HeadRefused);
            foreach (var consumer in answer.Consumers)
            {
                table.Add(
                    consumer, consumer.AgencyId, consumer.Name, Invocation.Number(consumer.Position), Invocation.Number(consumer.Lag),
                    Age(consumer.Behind), Time(consumer.ToldAt), Invocation.Number(consumer.RefusedCount));
            }

            table.Write();
            return ExitCode.Done;
        });
        return command;
    }

    // Seconds, to compare and sort by; a person reads them as well.
    private static string Age(Duration? behind) =>
        behind is null ? "-" : behind.ToTimeSpan().TotalSeconds.ToString("0.0's'", CultureInfo.InvariantCulture);

    private static string Time(Timestamp? at) =>
        at is null ? "-" : at.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
