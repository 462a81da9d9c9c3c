using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Client;

/// <summary>One item on its way.</summary>
/// <param name="Request">What was sent.</param>
/// <param name="Tag">The caller's own, for example a line number.</param>
public sealed record ImportItem(ImportListingsRequest Request, object? Tag);

/// <summary>
/// One ImportListings stream: answers are read while items are written, and at most a bounded number waits for its
/// answer. When the stream breaks, <see cref="Unanswered"/> tells what to send again on a new session; with the same
/// request ids nothing is doubled.
/// </summary>
/// <remarks>One caller at a time sends; the answers come on another thread, one at a time.</remarks>
public sealed class ImportSession : IAsyncDisposable
{
    private readonly AsyncDuplexStreamingCall<ImportListingsRequest, ImportListingsResponse> _call;
    private readonly Action<ImportItem, ImportListingsResponse> _answered;
    private readonly SemaphoreSlim _room;
    private readonly CancellationTokenSource _over;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Waiting> _waiting = new(StringComparer.Ordinal);
    private readonly Task _reading;
    private long _sequence;

    /// <summary>Opens a stream.</summary>
    /// <param name="registry">The client.</param>
    /// <param name="answered">Called for each answer, never concurrently.</param>
    /// <param name="inFlight">How many items may wait for their answer, from 1.</param>
    /// <param name="cancel">Ends the stream.</param>
    public ImportSession(
        RegistryService.RegistryServiceClient registry, Action<ImportItem, ImportListingsResponse> answered,
        int inFlight = 2048, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inFlight, 1);
        _answered = answered;
        _room = new SemaphoreSlim(inFlight);
        _over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _call = registry.ImportListings(cancellationToken: cancel);
        _reading = ReadAsync(cancel);
    }

    /// <summary>What was sent and not answered, in the order of sending. Settled once the session is disposed.</summary>
    public IReadOnlyList<ImportItem> Unanswered
    {
        get
        {
            var all = new List<Waiting>();
            lock (_gate)
            {
                foreach (var first in _waiting.Values)
                {
                    for (var one = first; one is not null; one = one.Next)
                    {
                        all.Add(one);
                    }
                }
            }

            all.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
            return all.ConvertAll(static one => one.Item);
        }
    }

    /// <summary>Sends one item, waiting while too many are unanswered.</summary>
    /// <exception cref="RpcException">The stream is over; the item counts as unanswered.</exception>
    public async ValueTask SendAsync(ImportListingsRequest request, object? tag = null)
    {
        var item = new ImportItem(request, tag);
        lock (_gate)
        {
            Add(item);
        }

        try
        {
            await _room.WaitAsync(_over.Token);
            await _call.RequestStream.WriteAsync(request);
        }
        catch (Exception failure) when (failure is OperationCanceledException or InvalidOperationException or RpcException)
        {
            // The reader knows why the stream ended; its exception carries the hub's details.
            await _reading;
            throw new RpcException(new Status(StatusCode.Unavailable, "The hub ended the stream"));
        }
    }

    /// <summary>Says that nothing more comes and waits for the outstanding answers.</summary>
    /// <exception cref="RpcException">The stream broke before all were answered.</exception>
    public async Task CompleteAsync()
    {
        try
        {
            await _call.RequestStream.CompleteAsync();
        }
        catch (Exception failure) when (failure is InvalidOperationException or RpcException)
        {
            // As above: the reader's exception is the one to report.
        }

        await _reading;
        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "The hub ended the stream before all answers"));
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _call.Dispose();
        try
        {
            await _reading;
        }
        catch (RpcException)
        {
            // Reported by SendAsync or CompleteAsync, or nobody asked.
        }

        _over.Dispose();
        _room.Dispose();
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(CancellationToken.None))
            {
                var answer = _call.ResponseStream.Current;
                ImportItem? item;
                lock (_gate)
                {
                    item = Take(answer.RequestId);
                }

                if (item is not null)
                {
                    _room.Release();
                    _answered(item, answer);
                }
            }
        }
        catch (RpcException) when (cancel.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "Cancelled by the caller"));
        }
        finally
        {
            await _over.CancelAsync();
        }
    }

    private void Add(ImportItem item)
    {
        var added = new Waiting(item, _sequence++);
        if (_waiting.TryGetValue(item.Request.RequestId, out var first))
        {
            // The same row twice in flight: answered in order.
            while (first.Next is not null)
            {
                first = first.Next;
            }

            first.Next = added;
        }
        else
        {
            _waiting.Add(item.Request.RequestId, added);
        }
    }

    private ImportItem? Take(string requestId)
    {
        if (!_waiting.Remove(requestId, out var first))
        {
            return null;
        }

        if (first.Next is not null)
        {
            _waiting.Add(requestId, first.Next);
        }

        return first.Item;
    }

    private sealed class Waiting(ImportItem item, long sequence)
    {
        public ImportItem Item { get; } = item;

        public long Sequence { get; } = sequence;

        public Waiting? Next { get; set; }
    }
}
