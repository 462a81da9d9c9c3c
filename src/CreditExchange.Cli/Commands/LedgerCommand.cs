using System.CommandLine;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;
using CreditExchange.Ledger;
using CreditExchange.Ledger.Backup;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Cli.Commands;

/// <summary>cx ledger: verification and backup through a running hub; with --data on the files, while none runs.</summary>
internal static class LedgerCommand
{
    public static Command Build(Invocation run) => new("ledger", Say.Ledger.In(run.Language))
    {
        Verify(run), Rebuild(run), Backup(run), Restore(run),
    };

    private static Command Verify(Invocation run)
    {
        var (data, key) = Files(run, required: false);
        var command = new Command("verify", Say.LedgerVerify.In(run.Language)) { data, key };
        command.SetAction(async (parsed, cancel) =>
        {
            var report = parsed.GetValue(data) is { } folder
                ? (await OfflineAsync(run, () => OfflineLedger.VerifyAsync(
                    LedgerFiles.Options(run, folder, parsed.GetValue(key)), new EventProjection(), null, cancel))).ToMessage()
                : await OnlineAsync(run, cancel);
            if (run.Json)
            {
                run.Message(report);
            }
            else
            {
                run.Line(Say.LedgerCounts.In(
                    run.Language, report.LedgerId, report.Position, report.Events, report.Entities, report.ErasedEntities, report.ErasedEvents,
                    report.Epochs, Convert.ToHexStringLower(report.Chain.Span)));
            }

            return report.Fault.Length == 0
                ? ExitCode.Done
                : throw new CliError(
                    ExitCode.Other, "LEDGER_DAMAGED", Say.LedgerFault.In(run.Language, report.FaultPosition, report.Fault),
                    Say.LedgerFaultNext.In(run.Language));
        });
        return command;
    }

    private static async Task<LedgerReport> OnlineAsync(Invocation run, CancellationToken cancel)
    {
        using var channel = run.Connect("operator");
        using var call = channel.Maintenance.VerifyLedger(new VerifyLedgerRequest(), cancellationToken: cancel);
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancel))
        {
            if (message.Report is { } report)
            {
                return report;
            }

            run.Note(Say.LedgerProgress, message.Progress.Position, message.Progress.Head);
        }

        throw new RpcException(new Status(StatusCode.Unavailable, "The hub ended the stream"));
    }

    private static Command Rebuild(Invocation run)
    {
        var (data, key) = Files(run, required: true);
        var command = new Command("rebuild", Say.LedgerRebuild.In(run.Language)) { data, key };
        command.SetAction(async (parsed, cancel) =>
        {
            var made = await OfflineAsync(run, () => OfflineLedger.RebuildAsync(
                LedgerFiles.Options(run, parsed.GetValue(data)!, parsed.GetValue(key)), new EventProjection(), null, cancel));
            run.Line(run.Json
                ? $$"""{"ledger_id":"{{made.LedgerId}}","position":"{{made.Head}}","entities":"{{made.Entities}}","requests":"{{made.Requests}}"}"""
                : Say.LedgerRebuilt.In(run.Language, made.LedgerId, made.Head, made.Entities, made.Requests));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Backup(Invocation run)
    {
        var name = new Option<string?>("--name") { Description = Say.BackupName.In(run.Language), HelpName = "NAME" };
        var command = new Command("backup", Say.LedgerBackup.In(run.Language)) { name };
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = run.Connect("operator");
            using var call = channel.Maintenance.BackupLedger(
                new BackupLedgerRequest { Name = parsed.GetValue(name) ?? "" }, cancellationToken: cancel);
            await foreach (var message in call.ResponseStream.ReadAllAsync(cancel))
            {
                if (message.Manifest is not { } made)
                {
                    run.Note(Say.LedgerProgress, message.Progress.Position, message.Progress.Head);
                }
                else if (run.Json)
                {
                    run.Message(made);
                }
                else
                {
                    run.Line(Say.LedgerBackedUp.In(run.Language, made.Name, made.LedgerId, made.Position, Convert.ToHexStringLower(made.Chain.Span)));
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Restore(Invocation run)
    {
        var language = run.Language;
        var from = new Option<string>("--from") { Description = Say.RestoreFrom.In(language), HelpName = "FOLDER", Required = true };
        var keys = new Option<string>("--keys") { Description = Say.RestoreKeys.In(language), HelpName = "FOLDER", Required = true };
        var epoch = new Option<long>("--epoch") { Description = Say.RestoreEpoch.In(language), HelpName = "N" };
        var erase = new Option<bool>("--erase-without-key") { Description = Say.RestoreErase.In(language) };
        var (data, key) = Files(run, required: true);
        var command = new Command("restore", Say.LedgerRestore.In(language)) { from, keys, data, key, epoch, erase };
        command.SetAction(async (parsed, cancel) =>
        {
            var made = await OfflineAsync(run, () => OfflineLedger.RestoreAsync(
                new RestoreRequest(
                    parsed.GetRequiredValue(from), parsed.GetRequiredValue(keys),
                    LedgerFiles.Options(run, parsed.GetValue(data)!, parsed.GetValue(key)), parsed.GetValue(epoch), parsed.GetValue(erase)),
                new EventProjection(), run.Terminal.Time ?? TimeProvider.System, null, cancel));
            run.Line(run.Json
                ? $$"""{"ledger_id":"{{made.LedgerId}}","common":"{{made.Common}}","position":"{{made.Head}}","erased":"{{made.Erased}}"}"""
                : Say.LedgerRestored.In(language, made.LedgerId, made.Common, made.Head, made.Erased));
            return ExitCode.Done;
        });
        return command;
    }

    private static (Option<string?> Data, Option<string?> Key) Files(Invocation run, bool required) => (
        new Option<string?>("--data") { Description = Say.LedgerData.In(run.Language), HelpName = "FOLDER", Required = required },
        new Option<string?>("--wrapping-key-file") { Description = Say.WrappingKeyFile.In(run.Language), HelpName = "FILE" });

    private static async Task<T> OfflineAsync<T>(Invocation run, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (LedgerRefusedException refused)
        {
            throw new CliError(ExitCode.Other, "LEDGER_REFUSED", refused.Message, Say.LedgerRefusedNext.In(run.Language));
        }
    }
}
