using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Hub.Access;

/// <summary>
/// Ends a stream when its right to run ends: at the token's end, when the token or the agency is revoked or loses the scope, or when the
/// hub stops. Looked at twice a second, so a revocation is in force within a second.
/// </summary>
public sealed class StreamLease : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private readonly Caller caller;
    private readonly string scope;
    private readonly TimeProvider time;
    private readonly CancellationToken stopping;
    private readonly CancellationTokenSource source;
    private readonly ITimer timer;
    private volatile RuleViolation? fault;

    /// <summary>A lease for one stream.</summary>
    /// <param name="caller">Who streams.</param>
    /// <param name="scope">The scope it needs all the while.</param>
    /// <param name="time">The clock.</param>
    /// <param name="call">Cancelled when the caller goes away.</param>
    /// <param name="stopping">Cancelled when the hub stops.</param>
    public StreamLease(Caller caller, string scope, TimeProvider time, CancellationToken call, CancellationToken stopping)
    {
        this.caller = caller;
        this.scope = scope;
        this.time = time;
        this.stopping = stopping;
        source = CancellationTokenSource.CreateLinkedTokenSource(call, stopping);
        timer = time.CreateTimer(static state => ((StreamLease)state!).Look(), this, Interval, Interval);
    }

    /// <summary>Cancelled when the stream must end.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Why the lease ended it; null when the caller went away.</summary>
    public RuleViolation? Fault => fault ?? (stopping.IsCancellationRequested ? new RuleViolation(ErrorReason.ShuttingDown) : null);

    /// <inheritdoc/>
    public void Dispose()
    {
        timer.Dispose();
        source.Dispose();
    }

    private void Look()
    {
        try
        {
            if (caller.ExpiresAt <= time.GetUtcNow())
            {
                throw new RuleViolation(ErrorReason.TokenExpired);
            }

            caller.Require(scope);
        }
        catch (RuleViolation violation)
        {
            fault = violation;
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The stream ended by itself at this very moment; there is nothing left to end.
                return;
            }
        }
    }
}
