using System.CommandLine;
using System.Globalization;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Cli.Commands;

/// <summary>cx keys.</summary>
internal static class KeysCommand
{
    private const string DefaultAgency = "security";

    public static Command Build(Invocation run) => new("keys", Say.Keys.In(run.Language)) { Status(run), Rotate(run) };

    private static Command Status(Invocation run)
    {
        var command = new Command("status", Say.KeysStatus.In(run.Language));
        command.SetAction(async (_, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var answer = await channel.Keys.GetKeyStatusAsync(new GetKeyStatusRequest(), cancellationToken: cancel);
            var table = new TextTable(run, Say.HeadPurpose, Say.HeadKey, Say.HeadState, Say.HeadSince, Say.HeadEnds, Say.HeadRows);
            foreach (var key in answer.Keys)
            {
                table.Add(
                    key, NameOf(key.Purpose), key.KeyId, key.State.In(run.Language), Time(key.Since), Time(key.Until),
                    key.Purpose is KeyPurpose.Wrapping or KeyPurpose.Subject ? Invocation.Number(key.Rows) : "");
            }

            table.Write();
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Rotate(Invocation run)
    {
        var which = new Argument<string>("KEY") { Description = Say.KeysWhich.In(run.Language) };
        which.AcceptOnlyFromAmong("wrapping", "subject", "token");
        var reason = new Option<string>("--reason")
        {
            Description = Say.KeysReason.In(run.Language),
            HelpName = "TEXT",
            DefaultValueFactory = static _ => "cx keys rotate",
        };
        var command = new Command("rotate", Say.KeysRotate.In(run.Language)) { which, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect(DefaultAgency);
            var rotation = await RotateAsync(
                channel.Keys, parsed.GetRequiredValue(which), Invocation.NewRequestId(), parsed.GetRequiredValue(reason), cancel);
            if (run.Json)
            {
                run.Message(rotation);
            }
            else
            {
                run.Line($"{NameOf(rotation.Purpose)} {rotation.KeyId} {Time(rotation.StartedAt)}");
                run.Note(Say.KeysStarted);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<KeyRotation> RotateAsync(
        KeyService.KeyServiceClient keys, string which, string requestId, string reason, CancellationToken cancel) => which switch
        {
            "wrapping" => (await keys.RotateWrappingKeyAsync(
                new RotateWrappingKeyRequest { RequestId = requestId, Reason = reason }, cancellationToken: cancel)).Rotation,
            "subject" => (await keys.RotateSubjectKeyAsync(
                new RotateSubjectKeyRequest { RequestId = requestId, Reason = reason }, cancellationToken: cancel)).Rotation,
            _ => (await keys.RotateTokenSigningKeyAsync(
                new RotateTokenSigningKeyRequest { RequestId = requestId, Reason = reason }, cancellationToken: cancel)).Rotation,
        };

    // The words of the command line, not to be translated: they are what one types.
    private static string NameOf(KeyPurpose purpose) => purpose switch
    {
        KeyPurpose.Wrapping => "wrapping",
        KeyPurpose.Subject => "subject",
        KeyPurpose.TokenSigning => "token",
        KeyPurpose.Audience => "audience",
        KeyPurpose.Request => "request",
        _ => purpose.ToString(),
    };

    private static string Time(Timestamp? at) =>
        at is null ? "" : at.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
