namespace CreditExchange.AccessLog.Reading;

/// <summary>Which records a reader can't do without. What stands near them may come with them.</summary>
/// <param name="Since">From this time on; null: from the first.</param>
/// <param name="Before">Before this time; null: to the last.</param>
/// <param name="RequestIds">With one of two request ids, the hub's and the caller's as the log keeps it; null: whichever.</param>
public readonly record struct AccessLogWish(
    DateTimeOffset? Since = null, DateTimeOffset? Before = null, (string OfHub, string OfCaller)? RequestIds = null)
{
    internal long From { get; } = Since?.UtcTicks ?? long.MinValue;

    internal long Until { get; } = Before?.UtcTicks ?? long.MaxValue;

    internal bool HasIds { get; } = RequestIds is not null;

    internal ulong RequestId { get; } = RequestIds is { } ids ? RecordFields.Hash(ids.OfHub) : 0;

    internal ulong CallerRequestId { get; } = RequestIds is { } ids ? RecordFields.Hash(ids.OfCaller) : 0;

    /// <summary>Whether everything is wanted: then no index helps.</summary>
    internal bool IsAll => Since is null && Before is null && RequestIds is null;
}
