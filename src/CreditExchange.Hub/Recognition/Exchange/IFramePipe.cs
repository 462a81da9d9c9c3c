using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>The two directions of a session, whoever called.</summary>
public interface IFramePipe
{
    /// <summary>Sends a frame; waits while the other side doesn't read.</summary>
    Task SendAsync(SignedFrame frame, CancellationToken cancellation);

    /// <summary>The next frame; null: the other side has ended.</summary>
    Task<SignedFrame?> ReadAsync(CancellationToken cancellation);

    /// <summary>After the last word: lets the other side read it before the connection goes.</summary>
    /// <param name="reading">The reading half.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task FarewellAsync(Task reading, CancellationToken cancellation);
}

/// <summary>The side that was called.</summary>
internal sealed class ServerPipe(IAsyncStreamReader<ExchangeRequest> requests, IServerStreamWriter<ExchangeResponse> responses) : IFramePipe
{
    public Task SendAsync(SignedFrame frame, CancellationToken cancellation) =>
        responses.WriteAsync(new ExchangeResponse { Frame = frame }, cancellation);

    public async Task<SignedFrame?> ReadAsync(CancellationToken cancellation) =>
        await requests.MoveNext(cancellation) ? requests.Current.Frame ?? new SignedFrame() : null;

    // What was written goes out before the call's status.
    public Task FarewellAsync(Task reading, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>The side that called.</summary>
internal sealed class ClientPipe(AsyncDuplexStreamingCall<ExchangeRequest, ExchangeResponse> call) : IFramePipe
{
    public Task SendAsync(SignedFrame frame, CancellationToken cancellation) =>
        call.RequestStream.WriteAsync(new ExchangeRequest { Frame = frame }, cancellation);

    public async Task<SignedFrame?> ReadAsync(CancellationToken cancellation) =>
        await call.ResponseStream.MoveNext(cancellation) ? call.ResponseStream.Current.Frame ?? new SignedFrame() : null;

    // A call that is disposed of takes with it what the other side hasn't read.
    public async Task FarewellAsync(Task reading, CancellationToken cancellation)
    {
        await call.RequestStream.CompleteAsync();
        if (!reading.IsCompleted)
        {
            await reading.WaitAsync(cancellation);
            return;
        }

        while (await call.ResponseStream.MoveNext(cancellation))
        {
            // What it still says is no longer listened to.
        }
    }
}
