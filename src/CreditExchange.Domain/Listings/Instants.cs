using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Listings;

/// <summary>
/// Instants as UTC ticks (100 ns, as <see cref="DateTimeOffset.UtcTicks"/> counts them), so that they compare as plain
/// numbers. Absent begins are the smallest, absent ends the largest number.
/// </summary>
public static class Instants
{
    private const long MinSeconds = -62_135_596_800;
    private const long MaxSeconds = 253_402_300_799;

    /// <summary>Reads a timestamp; false when it lies outside the years 1 to 9999 or its nanoseconds are no fraction.</summary>
    public static bool TryTicks(Timestamp timestamp, out long ticks)
    {
        ticks = 0;
        if (timestamp.Seconds is < MinSeconds or > MaxSeconds || timestamp.Nanos is < 0 or > 999_999_999)
        {
            return false;
        }

        ticks = DateTimeOffset.UnixEpoch.Ticks + (timestamp.Seconds * TimeSpan.TicksPerSecond) + (timestamp.Nanos / 100);
        return true;
    }

    /// <summary>Ticks of an inclusive begin; absent or unreadable: the smallest number.</summary>
    public static long From(Timestamp? timestamp) =>
        timestamp is not null && TryTicks(timestamp, out var ticks) ? ticks : long.MinValue;

    /// <summary>Ticks of an exclusive end; absent or unreadable: the largest number.</summary>
    public static long Until(Timestamp? timestamp) =>
        timestamp is not null && TryTicks(timestamp, out var ticks) ? ticks : long.MaxValue;

    /// <summary>The instant of ticks between the years 1 and 9999.</summary>
    public static DateTimeOffset At(long ticks) => new(ticks, TimeSpan.Zero);
}
