using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Nodes;
using CreditExchange.Hub.Streams;
using CreditExchange.Hub.Streams.Consumers;
using CreditExchange.Hub.Views;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Hub.Updates;

/// <summary>Consumers follow: see update_service.proto.</summary>
public sealed class UpdateService(
    ILedger ledger, EventDelivery delivery, NodeChanges nodes, SnapshotReader snapshots, StreamLookup streams, ContentKeys contentKeys, Acknowledgements acknowledgements,
    ConsumerLookup consumers, Freshness freshness, AccessRecords records, TimeProvider time, IHostApplicationLifetime life)
    : ListUpdateService.ListUpdateServiceBase
{
    // A page is what one watcher holds at most while its reader is slow: some hundred kilobytes.
    private const int PageSize = 256;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(900);

    /// <inheritdoc/>
    public override async Task WatchUpdates(
        WatchUpdatesRequest request, IServerStreamWriter<WatchUpdatesResponse> responseStream, ServerCallContext context)
    {
        var caller = context.Caller();
        freshness.CheckLedger(request.LedgerId, 0);
        if (request.FromPosition > ledger.Head + 1 || request.FromPosition < 0)
        {
            throw new RuleViolation(
                ErrorReason.PositionAhead, "from_position", ("position", $"{request.FromPosition}"), ("head", $"{ledger.Head}"));
        }

        var filter = new UpdateFilter(request.ListCodes, request.Regions);
        using var lease = new StreamLease(caller, "watch", time, context.CancellationToken, life.ApplicationStopping);
        try
        {
            records.Opened(context.Trace(), Math.Max(1, request.FromPosition));
            // The caller learns at once that the stream stands.
            await context.WriteResponseHeadersAsync([]);
            // What was acknowledged before the call is redacted already: an ending, for one.
            await delivery.ReachAsync(ledger.Head, time, lease.Token);
            await FollowAsync(Math.Max(1, request.FromPosition), caller, filter, context.Trace(), responseStream, lease.Token);
        }
        catch (OperationCanceledException) when (lease.Fault is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc/>
    public override async Task ReadSnapshot(
        ReadSnapshotRequest request, IServerStreamWriter<ReadSnapshotResponse> responseStream, ServerCallContext context)
    {
        var caller = context.Caller();
        var filter = new UpdateFilter(request.ListCodes, request.Regions);
        using var lease = new StreamLease(caller, "snapshot", time, context.CancellationToken, life.ApplicationStopping);
        try
        {
            long position = 0;
            await foreach (var message in snapshots.ReadAsync(request, caller, filter, lease.Token))
            {
                Record(message, ref position, context.Trace());
                await responseStream.WriteAsync(message, lease.Token);
            }
        }
        catch (OperationCanceledException) when (lease.Fault is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc/>
    public override Task<DescribeStreamResponse> DescribeStream(DescribeStreamRequest request, ServerCallContext context) =>
        Task.FromResult(streams.Describe(streams.Of(request.Audience, context.Caller(), mayLook: true)));

    /// <inheritdoc/>
    public override Task<GetContentKeysResponse> GetContentKeys(GetContentKeysRequest request, ServerCallContext context) =>
        Task.FromResult(contentKeys.Get(request, context.Caller(), context.Trace(), context.Language()));

    /// <inheritdoc/>
    public override Task<AcknowledgeUpdatesResponse> AcknowledgeUpdates(AcknowledgeUpdatesRequest request, ServerCallContext context) =>
        acknowledgements.KeepAsync(request, context.Caller(), context.CancellationToken);

    /// <inheritdoc/>
    public override Task<ListConsumersResponse> ListConsumers(ListConsumersRequest request, ServerCallContext context) =>
        Task.FromResult(consumers.List(context.Caller()));

    private async Task FollowAsync(
        long next,
        Caller caller,
        UpdateFilter filter,
        CallTrace trace,
        IServerStreamWriter<WatchUpdatesResponse> stream,
        CancellationToken cancellation)
    {
        long previous = 0;
        var told = time.GetTimestamp();
        var behind = true;
        var isNode = filter.IsOpen && caller.Has(Domain.Agencies.Scopes.Node);
        while (true)
        {
            var page = ledger.Read(next, PageSize);
            Traps.Reach("watch.before-record");
            RecordPage(page, caller, filter, trace);
            Traps.Reach("watch.after-record");
            foreach (var stored in page)
            {
                if (delivery.ToWatcher(stored, caller.Viewer, filter) is { } message)
                {
                    message.PreviousPosition = previous;
                    previous = stored.Position;
                    await stream.WriteAsync(
                        isNode ? nodes.ToNode(stored, message) : new WatchUpdatesResponse { Event = message }, cancellation);
                }

                next = stored.Position + 1;
                if (time.GetElapsedTime(told) >= Heartbeat)
                {
                    await TellProgressAsync(stored.Position, stored.RecordedAt);
                }
            }

            if (page.Count > 0)
            {
                continue;
            }

            // At the head: said at once after a catch-up, then once a second while nothing comes.
            var quiet = time.GetElapsedTime(told);
            if ((behind || quiet >= Heartbeat) && next > 1)
            {
                behind = false;
                await TellProgressAsync(next - 1, ledger.Read(next - 1, 1)[0].RecordedAt);
                quiet = TimeSpan.Zero;
            }

            await WaitAsync(next - 1, Heartbeat - quiet, cancellation);
        }

        async Task TellProgressAsync(long position, DateTimeOffset recordedAt)
        {
            told = time.GetTimestamp();
            await stream.WriteAsync(
                new WatchUpdatesResponse
                {
                    Progress = new Progress
                    {
                        Position = position,
                        LedgerId = ledger.LedgerId,
                        RecordedAt = Timestamp.FromDateTimeOffset(recordedAt),
                    },
                },
                cancellation);
        }
    }

    // Before the first of the page leaves; what is masked away from this watcher was not delivered to it.
    private void RecordPage(IReadOnlyList<StoredEvent> page, Caller caller, UpdateFilter filter, CallTrace trace)
    {
        if (page.Count == 0)
        {
            return;
        }

        var viewer = caller.Viewer;
        var ids = new List<string>();
        var any = false;
        foreach (var stored in page)
        {
            if (delivery.Shows(stored, viewer, filter, out var listingId))
            {
                any = true;
                if (listingId.Length > 0)
                {
                    ids.Add(listingId);
                }
            }
        }

        if (any)
        {
            records.Delivered(trace, page[0].Position, page[^1].Position, ids);
        }
    }

    private void Record(ReadSnapshotResponse message, ref long position, CallTrace trace)
    {
        if (message.Header is { } header)
        {
            position = header.Position;
            records.Opened(trace, position);
        }
        else
        {
            records.Delivered(trace, 1, position, message.Chunk.Rows.Where(r => r.Redaction == Redaction.Unspecified).Select(r => r.Listing.ListingId));
        }
    }

    private async Task WaitAsync(long position, TimeSpan atMost, CancellationToken cancellation)
    {
        try
        {
            await ledger.WaitBeyondAsync(position, cancellation).WaitAsync(atMost, time, cancellation);
        }
        catch (TimeoutException)
        {
            // Time for a heartbeat.
            return;
        }
    }
}
