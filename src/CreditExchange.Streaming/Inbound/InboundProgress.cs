using System.Text.Json;
using CreditExchange.Client.Streams.Following;
using CreditExchange.Ledger;

namespace CreditExchange.Streaming.Inbound;

/// <summary>How far a partner's stream was taken, in the ledger's store: one hub of several follows it at a time, and the next goes on there.</summary>
public sealed class InboundProgress(IProgressStore store, string partner) : IStreamProgressStore
{
    private readonly string name = $"inbound/{partner}/progress";
    private long version;

    /// <inheritdoc/>
    public ValueTask<StreamProgress?> ReadAsync(CancellationToken cancellation)
    {
        var row = store.Read(name);
        version = row?.Version ?? 0;
        return ValueTask.FromResult(row is null ? null : JsonSerializer.Deserialize<StreamProgress>(row.Value));
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">Another follower has written since.</exception>
    public async ValueTask WriteAsync(StreamProgress progress, CancellationToken cancellation)
    {
        if (!await store.WriteAsync(name, version, JsonSerializer.SerializeToUtf8Bytes(progress)))
        {
            throw new IOException($"the stream of '{partner}' is followed by another hub too");
        }

        version++;
    }
}
