using System.Runtime.CompilerServices;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Client;

/// <summary>
/// Follows the ledger and resumes by itself after a break, from the last position that it told plus one. Each event is
/// told once, in the order of positions.
/// </summary>
/// <param name="client">The client.</param>
/// <param name="request">Where to start and what to follow; ledger_id, when empty, is taken from the first progress.</param>
/// <param name="time">Where the pauses between attempts come from; null: the system.</param>
public sealed class UpdateFollower(
    ListUpdateService.ListUpdateServiceClient client, WatchUpdatesRequest request, TimeProvider? time = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>The last position told, by an event or by progress; 0 before the first.</summary>
    public long Position { get; private set; } = Math.Max(request.FromPosition, 1) - 1;

    /// <summary>Ledger and epoch that <see cref="Position"/> belongs to; empty until known.</summary>
    public string LedgerId { get; private set; } = request.LedgerId;

    /// <summary>Told when a stream broke and another attempt follows after the pause.</summary>
    public event Action<RpcException, TimeSpan>? Interrupted;

    /// <summary>Events and progress until cancelled.</summary>
    /// <exception cref="RpcException">A break that a new attempt can't mend, such as LEDGER_DIVERGED or a missing right.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<WatchUpdatesResponse> FollowAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        var pause = FirstPause;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var from = request.Clone();
            from.FromPosition = Position + 1;
            from.LedgerId = LedgerId;
            using var call = client.WatchUpdates(from, cancellationToken: cancel);
            while (true)
            {
                RpcException? broken = null;
                var more = false;
                try
                {
                    more = await call.ResponseStream.MoveNext(cancel);
                }
                catch (RpcException failure)
                {
                    cancel.ThrowIfCancellationRequested();
                    // A token that nobody renews stays expired: a few attempts, then it is the caller's.
                    if (!CanResume(failure) || (IsExpired(failure) && pause > FirstPause * 8))
                    {
                        throw;
                    }

                    broken = failure;
                }

                if (!more)
                {
                    broken ??= new RpcException(new Status(StatusCode.Unavailable, "The hub ended the stream"));
                    Interrupted?.Invoke(broken, pause);
                    await Task.Delay(pause, _time, cancel);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    break;
                }

                pause = FirstPause;
                var message = call.ResponseStream.Current;
                if (IsNew(message))
                {
                    yield return message;
                }
            }
        }
    }

    private static bool CanResume(RpcException failure) =>
        failure.StatusCode is StatusCode.Unavailable or StatusCode.Aborted or StatusCode.ResourceExhausted or StatusCode.Cancelled
        || IsExpired(failure);

    private static bool IsExpired(RpcException failure) => HubError.From(failure)?.Reason == "TOKEN_EXPIRED";

    private bool IsNew(WatchUpdatesResponse message)
    {
        if (message.MessageCase == WatchUpdatesResponse.MessageOneofCase.Event)
        {
            if (message.Event.Position <= Position)
            {
                return false;
            }

            Position = message.Event.Position;
        }
        else if (message.MessageCase == WatchUpdatesResponse.MessageOneofCase.Progress)
        {
            Position = Math.Max(Position, message.Progress.Position);
            LedgerId = message.Progress.LedgerId;
        }

        return true;
    }
}
