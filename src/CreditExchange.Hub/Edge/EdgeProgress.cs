using CreditExchange.Hub.Lookup;
using CreditExchange.Lookup.Edge;

namespace CreditExchange.Hub.Edge;

/// <summary>How far an edge node is; asks its upstream for the head.</summary>
public sealed class EdgeProgress(EdgeView view, Upstream upstream, EdgePartnerAges ages, TimeProvider clock) : IViewProgress
{
    /// <inheritdoc/>
    public string LedgerId => view.State.LedgerId;

    /// <inheritdoc/>
    public long Position => view.Position;

    /// <inheritdoc/>
    public DateTimeOffset FreshAt => view.FreshAt;

    /// <inheritdoc/>
    public long Head => view.Head;

    /// <inheritdoc/>
    public bool IsAtLedger => false;

    /// <inheritdoc/>
    public async ValueTask<bool> AskHeadAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        var askedAt = clock.GetUtcNow();
        try
        {
            var told = await upstream.HeadAsync(atMost, cancellation);
            if (told.LedgerId != view.State.LedgerId)
            {
                return false;
            }

            ages.Were(told.PartnerAges, askedAt);
            view.HeadWas(told.Head, askedAt);
            return true;
        }
        catch (UpstreamException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public long CommonWith(string ledgerId) => 0;

    /// <inheritdoc/>
    public Task<bool> WaitForAsync(long position, TimeSpan atMost, TimeProvider time, CancellationToken cancellation) =>
        view.WaitForAsync(position, atMost, cancellation);
}
