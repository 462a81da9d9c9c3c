using CreditExchange.Cli.Texts;
using CreditExchange.Client;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Cli.Import;

/// <summary>
/// Sends rows and settles each: in, or in the rejects file. A break is survived by a new stream on which the unanswered
/// rows go again, under the same request ids.
/// </summary>
internal sealed class ImportRun(
    RegistryService.RegistryServiceClient registry, string agency, RejectsFile rejects, ImportTally tally, Language language,
    TimeProvider time, int inFlight)
{
    private const int Attempts = 8;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly List<ImportItem> _again = [];

    /// <summary>Told when the stream broke, with the reason and the pause.</summary>
    public Action<string, TimeSpan>? Interrupted { get; init; }

    /// <summary>Told of each row that is in, and whether the hub had recorded it before; on the answering thread.</summary>
    public Action<ImportListingsRequest, bool>? Accepted { get; init; }

    /// <exception cref="RpcException">The hub refuses the whole stream, or didn't come back.</exception>
    public async Task RunAsync(IEnumerable<SourceRow> rows, CancellationToken cancel)
    {
        using var source = rows.GetEnumerator();
        var attempts = 0;
        var pause = FirstPause;
        while (true)
        {
            var before = tally.Answered;
            RpcException? broken = null;
            var session = new ImportSession(registry, Answered, inFlight, cancel);
            try
            {
                await SendAsync(session, source, cancel);
            }
            catch (RpcException failure) when (CanResume(failure) && !cancel.IsCancellationRequested)
            {
                broken = failure;
            }
            finally
            {
                await session.DisposeAsync();
            }

            cancel.ThrowIfCancellationRequested();
            lock (_gate)
            {
                // Older ones first: a listing before its amendment.
                _again.InsertRange(0, session.Unanswered);
                if (broken is null && _again.Count == 0)
                {
                    return;
                }
            }

            if (tally.Answered > before)
            {
                (attempts, pause) = (0, FirstPause);
            }

            if (++attempts >= Attempts)
            {
                throw broken ?? new RpcException(new Status(StatusCode.Unavailable, "The hub does not take the rows"));
            }

            var name = HubError.From(broken ?? new RpcException(Status.DefaultSuccess))?.Reason is { Length: > 0 } reason
                ? reason
                : Errors.ErrorLine.Screaming((broken?.StatusCode ?? StatusCode.Unavailable).ToString());
            Interrupted?.Invoke(name, pause);
            await Task.Delay(pause, time, cancel);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private static bool CanResume(RpcException failure) =>
        failure.StatusCode is StatusCode.Unavailable or StatusCode.Aborted or StatusCode.ResourceExhausted
            or StatusCode.Cancelled or StatusCode.Internal
        || HubError.From(failure)?.Reason == "TOKEN_EXPIRED";

    private async Task SendAsync(ImportSession session, IEnumerator<SourceRow> source, CancellationToken cancel)
    {
        while (true)
        {
            ImportItem[] again;
            lock (_gate)
            {
                again = [.. _again];
                _again.Clear();
            }

            for (var i = 0; i < again.Length; i++)
            {
                try
                {
                    await session.SendAsync(again[i].Request, again[i].Tag);
                }
                catch (RpcException)
                {
                    lock (_gate)
                    {
                        _again.AddRange(again.AsSpan(i + 1));
                    }

                    throw;
                }
            }

            if (again.Length == 0)
            {
                break;
            }
        }

        while (source.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            var row = source.Current;
            if (row.Request is null)
            {
                Reject(row, row.Fault!.Field, row.Fault.Reason, row.Fault.Text.In(language));
                continue;
            }

            if (row.Request.RequestId.Length == 0)
            {
                row.Request.RequestId = RequestIds.Of(agency, row.Request);
            }

            // The request is in the item already; keeping it in the tag as well would hold it twice.
            await session.SendAsync(row.Request, row with { Request = null });
        }

        await session.CompleteAsync();
    }

    private void Answered(ImportItem item, ImportListingsResponse answer)
    {
        if (answer.OutcomeCase != ImportListingsResponse.OutcomeOneofCase.Error)
        {
            tally.Accept(answer.Replayed);
            Accepted?.Invoke(item.Request, answer.Replayed);
            return;
        }

        var error = HubError.From(answer.Error);
        if (error.Code is StatusCode.Unavailable or StatusCode.Aborted && error.Reason != "REVISION_STALE")
        {
            lock (_gate)
            {
                _again.Add(item);
            }

            return;
        }

        var reason = error.Reason.Length > 0 ? error.Reason : Errors.ErrorLine.Screaming(error.Code.ToString());
        Reject((SourceRow)item.Tag!, error.Field, reason, error.LocalizedText.Length > 0 ? error.LocalizedText : error.Message);
    }

    private void Reject(SourceRow row, string field, string reason, string message)
    {
        // Rows are rejected by the reader of the file and by the reader of the answers.
        lock (rejects)
        {
            rejects.Add(row.Line, field, reason, message, row.Number, row.SourceRef);
        }

        tally.Reject(reason);
    }
}
