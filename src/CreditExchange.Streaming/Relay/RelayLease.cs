using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using CreditExchange.Ledger;

namespace CreditExchange.Streaming.Relay;

/// <summary>
/// Says which of several relays works, by a row that its holder writes again every second. Who waits takes it over when the row has
/// not changed for <see cref="Patience"/> of its own clock; no two clocks are ever compared. The fence number grows with each holder.
/// Used by the relay's own thread, which waits for the store.
/// </summary>
internal sealed class RelayLease(IProgressStore store, string audience, string holder, TimeProvider time)
{
    /// <summary>How long a holder may be silent.</summary>
    public static readonly TimeSpan Patience =
#if TRAPS
        TimeSpan.FromMilliseconds(600); // Hubs that are killed over and over wait for it each time.
#else
        TimeSpan.FromSeconds(3);
#endif

    /// <summary>How often the holder writes.</summary>
    public static readonly TimeSpan Beat = Patience / 3;

    private readonly string name = $"relay/{audience}/lease";
    private long version;
    private long written;
    private long? seenVersion;
    private long seenAt;

    /// <summary>Grows by one with each holder.</summary>
    public long Fence { get; private set; }

    /// <summary>Whether this one holds it and has time left; false says nothing is to be sent any more.</summary>
    public bool IsHeld => version > 0 && time.GetElapsedTime(written) < Patience - Beat / 2;

    /// <summary>Whether it is time to write again.</summary>
    public bool IsDue => time.GetElapsedTime(written) >= Beat;

    /// <summary>Takes it when nobody holds it, or its holder was silent for too long.</summary>
    public bool TryTake()
    {
        var row = store.Read(name);
        var held = row is null ? null : JsonSerializer.Deserialize<Row>(row.Value);
        if (held is { Holder.Length: > 0 } && IsAlive(row))
        {
            return false;
        }

        Fence = (held?.Fence ?? 0) + 1;
        return Write(row?.Version ?? 0, holder);
    }

    /// <summary>Writes again.</summary>
    /// <returns>False: another one has taken it.</returns>
    public bool Renew() => version > 0 && Write(version, holder);

    /// <summary>Gives it back, so that the next need not wait.</summary>
    public void Release()
    {
        if (version > 0 && Write(version, ""))
        {
            version = 0;
        }
    }

    private bool IsAlive([NotNullWhen(true)] ProgressRow? row)
    {
        if (row is null)
        {
            return false;
        }

        if (seenVersion != row.Version)
        {
            seenVersion = row.Version;
            seenAt = time.GetTimestamp();
        }

        return time.GetElapsedTime(seenAt) < Patience;
    }

    private bool Write(long known, string who)
    {
        // The time before the write: it may take long.
        var begun = time.GetTimestamp();
        if (!store.WriteAsync(name, known, JsonSerializer.SerializeToUtf8Bytes(new Row(who, Fence))).GetAwaiter().GetResult())
        {
            version = 0;
            return false;
        }

        (version, written) = (known + 1, begun);
        return true;
    }

    private sealed record Row(string Holder, long Fence);
}
