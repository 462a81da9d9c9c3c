namespace CreditExchange.Domain.Recognition;

/// <summary>How old this side's knowledge of a partner's data is.</summary>
public interface IPartnerAges
{
    /// <summary>The age of what is known of the partner of an agreement: the time since its newest word, plus the lag that it stated.</summary>
    /// <param name="agreement">The agreement's id.</param>
    /// <param name="asOf">The time of the evaluation.</param>
    TimeSpan AgeOf(string agreement, DateTimeOffset asOf);
}

/// <summary>Ages of partners that nothing is known about: none is too old.</summary>
public sealed class UnboundedAges : IPartnerAges
{
    /// <summary>The one.</summary>
    public static readonly UnboundedAges Instance = new();

    /// <inheritdoc/>
    public TimeSpan AgeOf(string agreement, DateTimeOffset asOf) => TimeSpan.Zero;
}
