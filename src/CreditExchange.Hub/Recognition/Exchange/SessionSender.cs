using CreditExchange.Domain.Catalogues;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Ledger;
using CreditExchange.Ledger.Exchange;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>
/// The sending half of a session, the only one that writes: receipts first, then checkpoints, what agreements lack, events, and once a second
/// that there is nothing.
/// </summary>
internal sealed class SessionSender
{
    private const int MostEvents = 1_000;
    // So much may be on its way: a partner that reads and confirms nothing gets no more.
    private const long Window = 20_000;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(900);
    private readonly SessionParts parts;
    private readonly SessionState session;
    private readonly IFramePipe pipe;
    private readonly CallTrace trace;
    private readonly Dictionary<string, long> covered = new(StringComparer.Ordinal);
    private readonly object agreements;
    private readonly int keyChanges;
    private readonly DateOnly day;
    private readonly Dictionary<string, SignedLedgerCheckpoint> told = new(StringComparer.Ordinal);
    private readonly HashSet<ForkEvidence> toldForks = new(ReferenceEqualityComparer.Instance);
    private long next;
    private DateTimeOffset sentRecordedAt;
    private long saidAt;

    public SessionSender(SessionParts parts, SessionState session, IFramePipe pipe, CallTrace trace)
    {
        (this.parts, this.session, this.pipe, this.trace) = (parts, session, pipe, trace);
        agreements = parts.Agreements.All;
        keyChanges = parts.TokenKeys.Changes;
        day = LegalDay.Of(parts.Time.GetUtcNow());
        next = session.Theirs.Resume.Position + 1;
        foreach (var agreement in session.Terms.InForce)
        {
            covered[agreement] = session.Theirs.Resume.Coverage
                .FirstOrDefault(c => c.AgreementId == agreement && c.KeyVersion == session.TokenVersion)?.ThroughPosition ?? 0;
        }
    }

    /// <summary>Sends until it is told to stop.</summary>
    /// <param name="stop">Ends the waits; what is being written is written.</param>
    /// <param name="hard">Ends the writes.</param>
    /// <returns>Whether the session is to begin anew, because agreements, keys or the day have changed.</returns>
    public async Task<bool> RunAsync(CancellationToken stop, CancellationToken hard)
    {
        while (!stop.IsCancellationRequested)
        {
            if (!ReferenceEquals(agreements, parts.Agreements.All) || keyChanges != parts.TokenKeys.Changes || day != LegalDay.Of(parts.Time.GetUtcNow()))
            {
                return true;
            }

            var signal = session.Outbox.Signal;
            if (session.Outbox.Take() is { } receipt)
            {
                await SendAsync(new ExchangeFrame { Receipt = receipt }, hard);
                continue;
            }

            if (News() is { } news)
            {
                await SendAsync(new ExchangeFrame { Checkpoints = news }, hard);
                continue;
            }

            if (await SendMoreAsync(stop, hard))
            {
                continue;
            }

            var quiet = parts.Time.GetElapsedTime(saidAt);
            if (quiet >= Heartbeat)
            {
                await SendAsync(new ExchangeFrame { Progress = new ExchangeProgress { Position = next - 1, HeadPosition = parts.Ledger.Head, Lag = Lag() } }, hard);
                saidAt = parts.Time.GetTimestamp();
                continue;
            }

            await WaitAsync(signal, Heartbeat - quiet, stop);
        }

        return false;
    }

    /// <summary>The last word.</summary>
    public Task SendByeAsync(ErrorReason reason, string detail, CancellationToken hard) =>
        SendAsync(new ExchangeFrame { Bye = new ExchangeBye { Reason = reason, Detail = detail } }, hard);

    private async Task<bool> SendMoreAsync(CancellationToken stop, CancellationToken hard)
    {
        if (next - 1 - session.Partner.Acknowledged >= Window)
        {
            return false;
        }

        foreach (var (agreement, through) in covered)
        {
            if (through < next - 1)
            {
                await SendStateAsync(agreement, through, hard);
                return true;
            }
        }

        var page = parts.Ledger.Read(next, MostEvents);
        if (page.Count == 0)
        {
            return false;
        }

        // By the states as of these events: the end of one of them must not be unknown when it is masked.
        await parts.Delivery.ReachAsync(page[^1].Position, parts.Time, stop);
        await SendAsync(page, hard);
        return true;
    }

    private async Task SendAsync(IReadOnlyList<StoredEvent> page, CancellationToken hard)
    {
        var batch = new ExchangeBatch
        {
            FirstPosition = page[0].Position,
            ChainBefore = UnsafeByteOperations.UnsafeWrap(parts.Ledger.ChainAt(page[0].Position - 1)),
            ChainAfter = ByteString.CopyFrom(page[^1].Chain),
            KeyVersion = session.TokenVersion,
            LedgerId = parts.Ledger.LedgerId,
        };
        var listings = new List<string>();
        foreach (var stored in page)
        {
            var item = ChainInputs.Of(stored);
            if (ContentOf(stored) is { } found)
            {
                item.AgreementId = found.Agreement;
                item.Content = found.Content.ToByteString();
                listings.Add(found.Content.Listing.ListingId);
            }

            batch.Events.Add(item);
        }

        batch.CoveredAgreements.Add(covered.Keys);
        sentRecordedAt = page[^1].RecordedAt;
        next = page[^1].Position + 1;
        batch.HeadPosition = Math.Max(parts.Ledger.Head, next - 1);
        batch.Lag = Lag();
        if (listings.Count > 0)
        {
            parts.Records.Delivered(trace, page[0].Position, page[^1].Position, listings);
        }

        await SendAsync(new ExchangeFrame { Batch = batch }, hard);
        saidAt = parts.Time.GetTimestamp();
        foreach (var agreement in covered.Keys)
        {
            covered[agreement] = next - 1;
        }
    }

    // What stands since before the agreement, or the key, was in force: by the newest event of each listing. What was final before is not told
    // to whom it was never told to be in force.
    private async Task SendStateAsync(string agreement, long through, CancellationToken hard)
    {
        var until = next - 1;
        var state = new ExchangeState { AgreementId = agreement, KeyVersion = session.TokenVersion, ThroughPosition = until };
        var rows = parts.Ledger.ReadOpenSince(through, MostEvents);
        var listings = new List<string>();
        foreach (var row in rows)
        {
            if (row.Position > until)
            {
                break;
            }

            if ((row.IsLive || through > 0) && row.State != ListingState.Unspecified && ContentOf(parts.Ledger.Read(row.Position, 1)[0]) is { } found
                && found.Agreement == agreement)
            {
                state.Events.Add(new StateEvent { Position = row.Position, Content = found.Content.ToByteString() });
                listings.Add(found.Content.Listing.ListingId);
            }
        }

        if (rows.Count == MostEvents && rows[^1].Position < until)
        {
            state.ThroughPosition = rows[^1].Position;
        }

        state.Lag = Lag();
        if (listings.Count > 0)
        {
            parts.Records.Delivered(trace, through + 1, state.ThroughPosition, listings);
        }

        await SendAsync(new ExchangeFrame { State = state }, hard);
        saidAt = parts.Time.GetTimestamp();
        covered[agreement] = state.ThroughPosition;
    }

    private (LedgerEvent Content, string Agreement)? ContentOf(StoredEvent stored) =>
        session.Tokens is { } maker ? parts.Outgoing.ContentFor(stored, session.Terms, maker.Of) : null;

    private CheckpointNews? News()
    {
        CheckpointNews? news = null;
        if (parts.Checkpoints.Newest is { } own)
        {
            Add("", own);
        }

        foreach (var other in parts.Heard.NewestBeside(session.Terms.Region))
        {
            Add(other.KeyId, other);
        }

        foreach (var region in parts.Partners.Regions)
        {
            if (region != session.Terms.Region && parts.Forks.Of(region) is { } fork && toldForks.Add(fork))
            {
                (news ??= new CheckpointNews()).Forks.Add(fork);
            }
        }

        return news;

        void Add(string name, SignedLedgerCheckpoint signed)
        {
            if (!told.TryGetValue(name, out var before) || !ReferenceEquals(before, signed))
            {
                told[name] = signed;
                (news ??= new CheckpointNews()).Checkpoints.Add(signed);
            }
        }
    }

    private Duration Lag()
    {
        var isBehind = next - 1 < parts.Ledger.Head;
        var lag = isBehind && sentRecordedAt != default ? parts.Time.GetUtcNow() - sentRecordedAt : TimeSpan.Zero;
        return Duration.FromTimeSpan(lag > TimeSpan.Zero ? lag : TimeSpan.Zero);
    }

    private Task SendAsync(ExchangeFrame frame, CancellationToken hard) => pipe.SendAsync(session.Sign(frame, parts.Own), hard);

    private async Task WaitAsync(Task signal, TimeSpan atMost, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var isFull = next - 1 - session.Partner.Acknowledged >= Window;
        Task[] any = isFull
            ? [signal, Task.Delay(atMost, parts.Time, over.Token)]
            : [signal, Task.Delay(atMost, parts.Time, over.Token), parts.Ledger.WaitBeyondAsync(next - 1, over.Token)];
        await Task.WhenAny(any);
        await over.CancelAsync();
        foreach (var task in any)
        {
            _ = task.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }
}
