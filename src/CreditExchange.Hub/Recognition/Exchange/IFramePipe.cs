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
}

/// <summary>The side that was called.</summary>
internal sealed class ServerPipe(IAsyncStreamReader<ExchangeRequest> requests, IServerStreamWriter<ExchangeResponse> responses) : IFramePipe
{
    public Task SendAsync(SignedFrame frame, CancellationToken cancellation) =>
        responses.WriteAsync(new ExchangeResponse { Frame = frame }, cancellation);

    public async Task<SignedFrame?> ReadAsync(CancellationToken cancellation) =>
        await requests.MoveNext(cancellation) ? requests.Current.Frame ?? new SignedFrame() : null;
}

/// <summary>The side that called.</summary>
internal sealed class ClientPipe(AsyncDuplexStreamingCall<ExchangeRequest, ExchangeResponse> call) : IFramePipe
{
    public Task SendAsync(SignedFrame frame, CancellationToken cancellation) =>
        call.RequestStream.WriteAsync(new ExchangeRequest { Frame = frame }, cancellation);

    public async Task<SignedFrame?> ReadAsync(CancellationToken cancellation) =>
        await call.ResponseStream.MoveNext(cancellation) ? call.ResponseStream.Current.Frame ?? new SignedFrame() : null;
}
