using CreditExchange.Hub.Access;
using CreditExchange.Hub.Hosting;
using CreditExchange.Ledger;
using CreditExchange.Lookup.Edge;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Edge;

/// <summary>
/// Keeps an edge node's state: read from the upstream at the start, then event by event. The only writer. What breaks here makes checks
/// fail as not fresh, and never lie.
/// </summary>
public sealed class UpstreamFollower(
    Upstream upstream, EdgeView view, EdgeProgress progress, RightsView rights, HubOptions options, TimeProvider time,
    IHostApplicationLifetime life, ILogger<UpstreamFollower> logger) : BackgroundService
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether the upstream can't be followed any more, so that the node has ended by itself, to be started anew.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Reads the state before anything is asked.</summary>
    /// <exception cref="LedgerRefusedException">The upstream didn't answer in half a minute, or the keys don't fit.</exception>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                var state = await ReadAsync(cancellation);
                await FollowAsync(state, until: s => view.HasState || s.BeginsAnew, cancellation);
                if (!view.HasState)
                {
                    continue;
                }

                await progress.AskHeadAsync(Silence, cancellation);
                EdgeLog.Loaded(logger, state.LedgerId, state.Position, state.Filter.Bytes);
                return;
            }
            catch (Exception error) when (IsBreak(error))
            {
                if (time.GetElapsedTime(started) > StartPatience)
                {
                    throw new LedgerRefusedException($"The upstream {options.Lookup.Upstream} can't be followed: {Cause(error)}.", error);
                }

                await Task.Delay(Pause, time, cancellation);
            }
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(AskHeadAsync(stoppingToken), FollowAsync(stoppingToken));

    // The head is asked for all the time: only an answer tells that what the node has is everything.
    private async Task AskHeadAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(AskEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await progress.AskHeadAsync(Silence, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task FollowAsync(CancellationToken stopping)
    {
        var state = view.State;
        var told = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (state.BeginsAnew || state.Filter.IsFull)
                {
                    state = await ReadAsync(stopping);
                    EdgeLog.BeganAnew(logger, state.Position);
                }

                await FollowAsync(state, until: s => s.BeginsAnew || s.Filter.IsFull, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (LedgerRefusedException error)
            {
                EdgeLog.Refused(logger, error.Message);
                End();
                return;
            }
            catch (Exception error) when (IsBreak(error))
            {
                if (IsOtherLedger(error))
                {
                    EdgeLog.OtherLedger(logger, state.LedgerId);
                    End();
                    return;
                }

                if (!told)
                {
                    EdgeLog.Broken(logger, state.Position, Cause(error));
                    told = true;
                }

                try
                {
                    await Task.Delay(Pause, time, stopping);
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                continue;
            }

            told = false;
        }
    }

    private async Task<EdgeState> ReadAsync(CancellationToken cancellation)
    {
        using var call = upstream.ReadState(cancellation);
        EdgeState? state = null;
        while (await call.ResponseStream.MoveNext(cancellation))
        {
            var part = call.ResponseStream.Current;
            if (state is null && view.HasState && part.Header.LedgerId != view.State.LedgerId)
            {
                throw new LedgerRefusedException($"The upstream has another ledger or epoch than '{view.State.LedgerId}'.");
            }

            state ??= new EdgeState(part.Header, NodeKeys.Open(HubConfiguration.WrappingKeys(options), part.Header.Keys));
            state.Take(part);
            foreach (var agency in part.Agencies)
            {
                rights.Apply(agency.Entity, agency.Agency);
            }

            foreach (var revocation in part.TokenRevocations)
            {
                rights.Revoke(revocation, time.GetUtcNow());
            }
        }

        if (state is not { CompleteAt: < long.MaxValue })
        {
            throw new UpstreamException("The upstream's state came without its end.");
        }

        view.Show(state);
        return state;
    }

    private async Task FollowAsync(EdgeState state, Predicate<EdgeState> until, CancellationToken cancellation)
    {
        if (until(state))
        {
            return;
        }

        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var call = upstream.Watch(state.Position + 1, state.LedgerId, silence.Token);
        try
        {
            do
            {
                // Something comes at least once a second.
                silence.CancelAfter(Silence);
                if (!await call.ResponseStream.MoveNext(silence.Token))
                {
                    throw new UpstreamException("The upstream ended the stream.");
                }

                Apply(state, call.ResponseStream.Current);
            }
            while (!until(state));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new UpstreamException("The upstream is silent.");
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Cancelled && !cancellation.IsCancellationRequested)
        {
            throw new UpstreamException("The upstream is silent.", error);
        }
    }

    private void Apply(EdgeState state, WatchUpdatesResponse message)
    {
        if (message.Progress is { } told)
        {
            state.Advance(Math.Max(state.Position, told.Position), told.RecordedAt.ToDateTimeOffset());
        }
        else if (message.NodeChange is not { } change)
        {
            throw new UpstreamException("The upstream tells no changes for nodes: the token lacks the scope node.");
        }
        else if (message.Event.Position != state.Position + 1)
        {
            throw new UpstreamException($"The upstream told position {message.Event.Position} after {state.Position}.");
        }
        else
        {
            if (change.Agency is { } agency)
            {
                rights.Apply(agency.Entity, agency.Agency);
            }

            if (change.TokenRevocation is { } revocation)
            {
                rights.Revoke(revocation, time.GetUtcNow());
            }

            state.Apply(change, message.Event.Position, message.Event.RecordedAt.ToDateTimeOffset());
        }

        view.Show(state);
    }

    private void End()
    {
        HasEnded = true;
        life.StopApplication();
    }

    private static bool IsBreak(Exception error) =>
        error is RpcException or UpstreamException or IOException or OperationCanceledException or HttpRequestException;

    private static bool IsOtherLedger(Exception error) => error is RpcException
    {
        StatusCode: StatusCode.FailedPrecondition or StatusCode.OutOfRange,
    };

    // A status' detail is for people and names nobody; an inner message may be anything.
    private static string Cause(Exception error) => error is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : error.Message;
}

internal static partial class EdgeLog
{
    [LoggerMessage(2120, LogLevel.Information, "Following ledger '{LedgerId}' from position {Position}; the filter takes {Bytes} bytes.", EventName = "EdgeLoaded")]
    public static partial void Loaded(ILogger logger, string ledgerId, long position, long bytes);

    [LoggerMessage(2121, LogLevel.Warning, "The upstream can't be followed beyond position {Position}: {Cause}. Checks are refused when their time is over.", EventName = "UpstreamLost")]
    public static partial void Broken(ILogger logger, long position, string cause);

    [LoggerMessage(2122, LogLevel.Information, "The state was read anew at position {Position}.", EventName = "EdgeBeganAnew")]
    public static partial void BeganAnew(ILogger logger, long position);

    [LoggerMessage(2123, LogLevel.Critical, "The upstream has another ledger or epoch than '{LedgerId}'; this node stops, to begin anew.", EventName = "EdgeOtherLedger")]
    public static partial void OtherLedger(ILogger logger, string ledgerId);

    [LoggerMessage(2124, LogLevel.Critical, "This node stops: {Cause}", EventName = "EdgeRefused")]
    public static partial void Refused(ILogger logger, string cause);
}
