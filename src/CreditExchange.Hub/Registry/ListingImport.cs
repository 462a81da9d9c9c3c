using System.Threading.Channels;
using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Errors;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Registry;

/// <summary>
/// Publishes, amends and ends in bulk: each item by itself, each answered after its fsync. Items about one listing are
/// taken in the order sent; others overtake each other.
/// </summary>
public sealed class ListingImport(
    ILedger ledger, ListingWriter listings, ListingIds ids, AccessRecords records, AgencyRates rates, TimeProvider time, IHostApplicationLifetime life, ILogger<ListingImport> logger)
{
    /// <summary>Most items without an answer; beyond it nothing more is read (flow control, never an error).</summary>
    public const int MostUnanswered = 10_000;

    // Items between being read and being durable. More made the commits no cheaper, but each holds its messages, which every
    // collection meanwhile has to copy.
    private const int MostUnderWay = 2_000;

    private const string Method = "ImportListings";
    private static readonly WriteOptions More = new(WriteFlags.BufferHint);

    /// <summary>Runs one import stream to its end.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<ImportListingsRequest> requests,
        IServerStreamWriter<ImportListingsResponse> responses,
        Caller caller,
        Language language,
        CallTrace trace,
        CancellationToken cancellation)
    {
        using var lease = new StreamLease(caller, Scopes.Publish, time, cancellation, life.ApplicationStopping);
        var unanswered = new ItemRoom(MostUnanswered);
        var underWay = new ItemRoom(MostUnderWay);
        var run = new Run(this, caller, language, trace, underWay, lease.Token);
        var answering = AnswerAsync(run.Answers.Reader, responses, unanswered, lease.Token);
        try
        {
            // A failed answer stream ends the reading too: nobody is left to hear what became of the items.
            while (!answering.IsCompleted && await requests.MoveNext(lease.Token))
            {
                await rates.WaitAsync(caller.AgencyId, lease.Token);
                await unanswered.TakeAsync(lease.Token);
                await underWay.TakeAsync(lease.Token);
                Traps.Reach("import.before-item");
                run.Start(requests.Current);
            }

            await run.FinishAsync();
            await answering;
        }
        catch (OperationCanceledException) when (lease.Fault is { } fault)
        {
            throw fault;
        }
        finally
        {
            // What was handed to the ledger is awaited, and so is who answers, so that nothing runs on after the call. How the
            // answering failed is told by the await above, where the stream was not cut already.
            await run.FinishAsync();
            await answering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task AnswerAsync(
        ChannelReader<ImportListingsResponse> answers,
        IServerStreamWriter<ImportListingsResponse> responses,
        ItemRoom unanswered,
        CancellationToken cancellation)
    {
        while (await answers.WaitToReadAsync(cancellation))
        {
            while (answers.TryRead(out var answer))
            {
                // A group's answers leave together: one flush for all that is ready.
                responses.WriteOptions = answers.TryPeek(out _) ? More : WriteOptions.Default;
                Traps.Reach("import.before-answer");
                await responses.WriteAsync(answer, cancellation);
                Traps.Reach("import.after-answer");
                unanswered.Give();
            }
        }
    }

    private ValueTask<Written> ApplyAsync(Agency actor, ImportListingsRequest item, CancellationToken cancellation)
    {
        // Before the ledger has it: what can't be written down isn't done.
        records.RequireRoom();
        switch (item.ItemCase)
        {
            case ImportListingsRequest.ItemOneofCase.Listing:
                return listings.PublishAsync(actor, Method, item.RequestId, item.Listing, cancellation);
            case ImportListingsRequest.ItemOneofCase.Amend:
                item.Amend.RequestId = item.RequestId;
                return listings.ChangeAsync(actor, ListingChange.Amend(item.Amend, Method, currentAllowed: true), cancellation);
            case ImportListingsRequest.ItemOneofCase.End:
                item.End.RequestId = item.RequestId;
                return listings.ChangeAsync(actor, ListingChange.End(item.End, Method, currentAllowed: true), cancellation);
            default:
                throw new RuleViolation(ErrorReason.Required, "item");
        }
    }

    private void Accept(Written written, CallTrace trace, long number, SubjectKey? subject, ImportListingsResponse answer)
    {
        var stored = written.Event;
        var listingId = ids.Format(stored.Entity);
        Traps.Reach("import.before-record");
        records.ImportedItem(trace, number, answer.RequestId, listingId, subject, stored);
        Traps.Reach("import.after-record");
        answer.ListingId = listingId;
        answer.Position = stored.Position;
        answer.Replayed = written.Replayed;
        answer.LedgerId = ledger.LedgerId;
    }

    private void Refuse(Exception error, Language language, CallTrace trace, long number, ImportListingsResponse answer)
    {
        var violation = WrittenDown(ErrorInterceptor.AsViolation(error), trace, number, answer.RequestId);
        if (violation.Reason is ErrorReason.Internal or ErrorReason.LedgerUnavailable)
        {
            ErrorLog.Unexpected(logger, Method, trace.RequestId, error);
        }

        answer.Error = ErrorStatus.Create(violation, language, trace.RequestId);
    }

    // A log without room is told to the item; the caller sends it again, and gets its first answer where it had been done.
    private RuleViolation WrittenDown(RuleViolation violation, CallTrace trace, long number, string requestId)
    {
        if (violation.Reason == ErrorReason.AccessLogFull)
        {
            return violation;
        }

        try
        {
            records.RefusedItem(trace, number, requestId, violation.Reason);
            return violation;
        }
        catch (RuleViolation full)
        {
            return full;
        }
    }

    private SubjectKey? SubjectOf(ImportListingsRequest item) => records.KeyOf(
        item.ItemCase switch
        {
            ImportListingsRequest.ItemOneofCase.Listing => item.Listing.Subject,
            ImportListingsRequest.ItemOneofCase.Amend => item.Amend.Subject,
            ImportListingsRequest.ItemOneofCase.End => item.End.Subject,
            _ => null,
        },
        LegalDay.Of(time.GetUtcNow()));

    private static string TargetOf(ImportListingsRequest item) => item.ItemCase switch
    {
        ImportListingsRequest.ItemOneofCase.Listing => Target("", item.Listing.ListCode, item.Listing.SourceRef),
        ImportListingsRequest.ItemOneofCase.Amend => Target(item.Amend.ListingId, item.Amend.ListCode, item.Amend.SourceRef),
        ImportListingsRequest.ItemOneofCase.End => Target(item.End.ListingId, item.End.ListCode, item.End.SourceRef),
        _ => "",
    };

    private static string Target(string id, string list, string sourceRef) => id.Length > 0 ? id : $"{list}\0{sourceRef}";

    /// <summary>The items of one stream that are on their way.</summary>
    private sealed class Run(
        ListingImport import, Caller caller, Language language, CallTrace trace, ItemRoom underWay, CancellationToken cancellation)
    {
        private readonly ItemOrder order = new();
        private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long number;
        private int pending = 1;
        private int finished;

        public Channel<ImportListingsResponse> Answers { get; } =
            Channel.CreateUnbounded<ImportListingsResponse>(new UnboundedChannelOptions { SingleReader = true });

        public void Start(ImportListingsRequest item)
        {
            Interlocked.Increment(ref pending);
            _ = HandleAsync(item, ++number, order.Enter(TargetOf(item)));
        }

        public Task FinishAsync()
        {
            if (Interlocked.Exchange(ref finished, 1) == 0)
            {
                CountDown();
            }

            return drained.Task;
        }

        private async Task HandleAsync(ImportListingsRequest item, long itemNumber, ItemOrder.Turn turn)
        {
            var answer = new ImportListingsResponse { RequestId = item.RequestId };
            try
            {
                if (turn.Before is { } before)
                {
                    await before;
                }

                var subject = import.SubjectOf(item);
                var applying = import.ApplyAsync(caller.Require(Scopes.Publish), item, cancellation);
                // While the ledger has it, the request itself need not live on.
                item = null!;
                import.Accept(await applying, trace, itemNumber, subject, answer);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // The stream is over; there is nobody to answer.
                Done(turn);
                return;
            }
            catch (Exception error)
            {
                import.Refuse(error, language, trace, itemNumber, answer);
            }

            Answers.Writer.TryWrite(answer);
            Done(turn);
        }

        private void Done(ItemOrder.Turn turn)
        {
            turn.Leave();
            underWay.Give();
            CountDown();
        }

        private void CountDown()
        {
            if (Interlocked.Decrement(ref pending) == 0)
            {
                Answers.Writer.TryComplete();
                drained.TrySetResult();
            }
        }
    }
}
