using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Registry;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Health.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace CreditExchange.Hub.Standard;

/// <summary>The health of the services by name; the empty name stands for the whole server.</summary>
public sealed class HealthBoard
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ServingStatus> statuses = [];
    private readonly List<(string Service, ChannelWriter<ServingStatus> Writer)> watchers = [];
    private bool isClosed;

    /// <summary>A board for these services and the whole server, none serving yet.</summary>
    public static HealthBoard AllOf(IEnumerable<string> services)
    {
        var board = new HealthBoard().Set("", serving: false);
        foreach (var service in services)
        {
            board.Set(service, serving: false);
        }

        return board;
    }

    /// <summary>Sets the health of all services.</summary>
    public void SetAll(bool serving)
    {
        string[] known;
        lock (gate)
        {
            known = [.. statuses.Where(s => s.Value == ServingStatus.Serving != serving).Select(s => s.Key)];
        }

        foreach (var service in known)
        {
            Set(service, serving);
        }
    }

    /// <summary>Sets the health of a service.</summary>
    public HealthBoard Set(string service, bool serving)
    {
        var status = serving ? ServingStatus.Serving : ServingStatus.NotServing;
        lock (gate)
        {
            statuses[service] = status;
            foreach (var watcher in watchers.Where(w => w.Service == service))
            {
                watcher.Writer.TryWrite(status);
            }
        }

        return this;
    }

    /// <summary>The hub stops: nothing serves any more, and who watches hears that and then the end.</summary>
    public void Close()
    {
        SetAll(serving: false);
        lock (gate)
        {
            isClosed = true;
            foreach (var watcher in watchers)
            {
                watcher.Writer.TryComplete();
            }
        }
    }

    internal ServingStatus Get(string service)
    {
        lock (gate)
        {
            return statuses.GetValueOrDefault(service, ServingStatus.ServiceUnknown);
        }
    }

    internal async IAsyncEnumerable<ServingStatus> Watch(
        string service, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Only the latest status matters to a slow watcher.
        var channel = Channel.CreateBounded<ServingStatus>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        var watcher = (service, channel.Writer);
        lock (gate)
        {
            watchers.Add(watcher);
            channel.Writer.TryWrite(Get(service));
            if (isClosed)
            {
                channel.Writer.Complete();
            }
        }

        try
        {
            await foreach (var status in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return status;
            }
        }
        finally
        {
            lock (gate)
            {
                watchers.Remove(watcher);
            }
        }
    }
}

/// <summary>The standard health checking protocol, grpc.health.v1.</summary>
public sealed class HealthService(HealthBoard board) : Health.HealthBase
{
    /// <inheritdoc/>
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        var status = board.Get(request.Service);
        return status == ServingStatus.ServiceUnknown
            ? throw new RuleViolation(ErrorReason.ServiceUnknown, "service", ("service", RequestFields.Quote(request.Service)))
            : Task.FromResult(new HealthCheckResponse { Status = status });
    }

    /// <inheritdoc/>
    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        await foreach (var status in board.Watch(request.Service, context.CancellationToken))
        {
            await responseStream.WriteAsync(new HealthCheckResponse { Status = status });
        }

        // Only a stopping hub ends the watch; an open one would hold up its stop.
        throw new RuleViolation(ErrorReason.ShuttingDown);
    }
}
