using CreditExchange.Domain.Recognition;
using CreditExchange.V1;

namespace CreditExchange.Hub.Edge;

/// <summary>How old an edge node's knowledge of partners is: as the full node said with its head, and the time since.</summary>
public sealed class EdgePartnerAges : IPartnerAges
{
    private volatile Told told = new(DateTimeOffset.MinValue, []);

    /// <summary>Takes over what the full node said.</summary>
    /// <param name="ages">Its ages.</param>
    /// <param name="askedAt">When it was asked: no answer is newer.</param>
    public void Were(IEnumerable<PartnerAge> ages, DateTimeOffset askedAt) => told = new Told(
        askedAt, ages.Where(a => a.Age is not null).ToDictionary(a => a.AgreementId, a => a.Age.ToTimeSpan(), StringComparer.Ordinal));

    /// <inheritdoc/>
    public TimeSpan AgeOf(string agreement, DateTimeOffset asOf)
    {
        var now = told;
        return now.Ages.TryGetValue(agreement, out var age) ? age + (asOf > now.At ? asOf - now.At : TimeSpan.Zero) : TimeSpan.MaxValue;
    }

    private sealed record Told(DateTimeOffset At, Dictionary<string, TimeSpan> Ages);
}
