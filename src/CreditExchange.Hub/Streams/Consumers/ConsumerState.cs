using System.Text.Json;
using System.Text.Json.Serialization;

namespace CreditExchange.Hub.Streams.Consumers;

/// <summary>What a consumer has told, as it is kept: a row of the ledger's store.</summary>
public sealed record ConsumerState
{
    /// <summary>How many of the newest refusals are kept with their reasons.</summary>
    public const int MostRefused = 100;

    // More than two whole calls, so that one that is sent again is known again.
    private const int MostCounted = 2_500;

    /// <summary>What is known of a consumer that has told nothing.</summary>
    public static ConsumerState None { get; } = new();

    /// <summary>Ledger and epoch of the positions.</summary>
    public string LedgerId { get; init; } = "";

    /// <summary>Everything up to here was applied or refused.</summary>
    public long Position { get; init; }

    /// <summary>When it last told.</summary>
    public DateTimeOffset ToldAt { get; init; }

    /// <summary>How many events it refused in all, each once.</summary>
    public long RefusedCount { get; init; }

    /// <summary>Those of the highest positions, ascending, at most <see cref="MostRefused"/>.</summary>
    public IReadOnlyList<Refusal> Refused { get; init; } = [];

    /// <summary>The highest positions that were counted, ascending.</summary>
    [JsonInclude]
    private IReadOnlyList<long> Counted { get; init; } = [];

    /// <summary>Reads a row.</summary>
    public static ConsumerState Parse(byte[] row) => JsonSerializer.Deserialize<ConsumerState>(row)!;

    /// <summary>As it is kept.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>With what was told since, in order. A refusal counts once; one below all that are remembered was counted before, as
    /// far as anybody can say.</summary>
    public ConsumerState With(IReadOnlyList<Acknowledgement> told)
    {
        var next = this with { LedgerId = told[^1].LedgerId, Position = told[^1].Position, ToldAt = told[^1].At };
        if (told.All(t => t.Refused.Count == 0))
        {
            return next;
        }

        var counted = new SortedSet<long>(Counted);
        var refused = new SortedDictionary<long, string>(Refused.ToDictionary(r => r.Position, r => r.Reason));
        var (least, count) = (counted.Count < MostCounted ? 0 : counted.Min, RefusedCount);
        foreach (var refusal in told.SelectMany(t => t.Refused))
        {
            if (refusal.Position >= least)
            {
                count += counted.Add(refusal.Position) ? 1 : 0;
                refused[refusal.Position] = refusal.Reason;
            }
        }

        return next with
        {
            RefusedCount = count,
            Refused = [.. refused.Skip(Math.Max(0, refused.Count - MostRefused)).Select(r => new Refusal(r.Key, r.Value))],
            Counted = [.. counted.Skip(Math.Max(0, counted.Count - MostCounted))],
        };
    }

    /// <summary>As far as it is true of a ledger that was restored: up to the last position in common.</summary>
    public ConsumerState UpTo(long common, string ledgerId) => LedgerId == ledgerId ? this : this with
    {
        LedgerId = ledgerId,
        Position = Math.Min(Position, common),
        Refused = [.. Refused.Where(r => r.Position <= common)],
        Counted = [.. Counted.Where(p => p <= common)],
    };
}

/// <summary>An event that a consumer refused.</summary>
/// <param name="Position">Its position.</param>
/// <param name="Reason">The consumer's code.</param>
public sealed record Refusal(long Position, string Reason);

/// <summary>One call of a consumer, its fields checked.</summary>
/// <param name="LedgerId">Ledger and epoch.</param>
/// <param name="Position">Everything up to here was applied or refused.</param>
/// <param name="Refused">What it refuses.</param>
/// <param name="At">When it told.</param>
public sealed record Acknowledgement(string LedgerId, long Position, IReadOnlyList<Refusal> Refused, DateTimeOffset At);
