using CreditExchange.V1;

namespace CreditExchange.Hub.Misuse;

/// <summary>What one row of the detector has seen of one agency in one matter since its window began. Not for several threads.</summary>
internal sealed class RuleWindow(MisuseRule rule)
{
    private const int MostPurposes = 4_096;
    private readonly TimeSpan length = rule.Window.ToTimeSpan();
    private DateTimeOffset begin = DateTimeOffset.MinValue;
    private SerialRuns? serials;
    private Dictionary<int, int>? purposes;
    private int persons;
    private int hits;

    /// <summary>The row.</summary>
    public MisuseRule Rule => rule;

    /// <summary>Whether the row has been met in this window.</summary>
    public bool IsMet { get; private set; }

    /// <summary>Begins anew when the window is over, or the clock was set back before it.</summary>
    public void Roll(DateTimeOffset now)
    {
        if (now >= begin && now - begin < length)
        {
            return;
        }

        begin = now;
        serials = null;
        purposes = null;
        (persons, hits, IsMet) = (0, 0, false);
    }

    /// <summary>How long the window goes on.</summary>
    public TimeSpan Left(DateTimeOffset now) => begin + length - now;

    /// <summary>Counts a person that wasn't checked yet today.</summary>
    /// <returns>Whether the row is met by this one for the first time in the window.</returns>
    public bool See(in SeenPerson person)
    {
        persons++;
        hits += person.IsHit ? 1 : 0;
        if (IsMet)
        {
            return false;
        }

        IsMet = rule.Kind switch
        {
            MisuseKind.ConsecutiveSerials => person.HasSerial && (serials ??= new()).Add(person.Group, person.Serial) >= rule.Threshold,
            MisuseKind.LowHitRate => persons >= rule.Threshold && hits * 1_000L < persons * (long)rule.HitsPerMille,
            MisuseKind.OnePurpose => CountPurpose(person.Purpose) >= rule.Threshold,
            _ => false,
        };
        return IsMet;
    }

    private int CountPurpose(int purpose)
    {
        purposes ??= [];
        if (purposes.Count >= MostPurposes && !purposes.ContainsKey(purpose))
        {
            // Those that were used once are what honest callers use.
            foreach (var (known, times) in purposes)
            {
                if (times == 1)
                {
                    purposes.Remove(known);
                }
            }

            if (purposes.Count > MostPurposes / 2)
            {
                purposes.Clear();
            }
        }

        return purposes[purpose] = purposes.GetValueOrDefault(purpose) + 1;
    }
}

/// <summary>What the detector looks at.</summary>
/// <param name="HasSerial">Whether the number is of the resident id's shape.</param>
/// <param name="Group">Print of region and birth date.</param>
/// <param name="Serial">0 to 999.</param>
/// <param name="Purpose">Hash of the purpose, under a key of this run.</param>
/// <param name="IsHit">Whether the verdict is anything but CLEAR.</param>
internal readonly record struct SeenPerson(bool HasSerial, ulong Group, int Serial, int Purpose, bool IsHit);
