namespace CreditExchange.Client.Streams.Following;

/// <summary>Asks the handler whether to go on after a fault.</summary>
internal sealed class FaultGate(IStreamHandler handler)
{
    /// <exception cref="StreamFaultException">It is not to.</exception>
    public async ValueTask PassAsync(
        StreamFault fault, string topic, int partition, long offset, long position, string detail, CancellationToken cancellation)
    {
        var exception = new StreamFaultException(fault, topic, partition, offset, position, detail);
        if (!await handler.GoOnAfterAsync(exception, cancellation))
        {
            throw exception;
        }
    }
}
