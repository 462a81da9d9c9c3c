using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Misuse;

/// <summary>
/// How one agency uses one matter: the distinct natural persons of the day, at most as many as the budget, and the windows of
/// the detector.
/// </summary>
internal sealed class MatterUse(PersonPrints prints)
{
    private readonly Lock gate = new();
    private readonly HashSet<ulong> persons = [];

    // What the access log knew at the start; only the subject keys are kept there.
    private readonly HashSet<ulong> logged = [];
    private RuleWindow[] windows = [];
    private Matter? row;
    private DateOnly day;
    private int count;
    private bool isBudgetTold;

    /// <summary>Counts a person whom the access log has from before the start.</summary>
    public void Remember(DateOnly today, in SubjectKey key)
    {
        lock (gate)
        {
            Roll(today);
            count += logged.Add(key.High) ? 1 : 0;
        }
    }

    /// <summary>Counts a check, unless it is refused.</summary>
    /// <param name="person">Who is checked.</param>
    /// <param name="purpose">The purpose stated.</param>
    /// <param name="isHit">Whether the verdict is anything but CLEAR.</param>
    /// <param name="now">The time.</param>
    /// <param name="keys">The hub's keys.</param>
    /// <param name="alarms">Gets what is to be told of it.</param>
    /// <returns>The row that refuses, or null.</returns>
    public UseOutcome Count(
        in CheckedPerson person, string purpose, bool isHit, DateTimeOffset now, HubKeys keys, ref List<string>? alarms)
    {
        var print = prints.Of(person.Id);
        var hasSerial = prints.TrySplit(person.Id.Number, out var group, out var serial);
        // Hash codes of strings are made under a key of the process.
        var seen = new SeenPerson(hasSerial, group, serial, purpose.GetHashCode(StringComparison.Ordinal), isHit);
        lock (gate)
        {
            Roll(LegalDay.Of(now));
            if (persons.Contains(print) || IsLogged(person.Id, keys))
            {
                return default;
            }

            if (count >= person.Matter.DailyPersons)
            {
                if (!isBudgetTold)
                {
                    isBudgetTold = true;
                    (alarms ??= []).Add(MisuseAlarms.PersonBudget);
                }

                return new UseOutcome(ErrorReason.PersonBudget, "", LegalDay.Start(day.AddDays(1)) - now);
            }

            if (Detect(person.Matter, seen, now, ref alarms) is { } refusing)
            {
                return new UseOutcome(
                    ErrorReason.EnumerationSuspected, MisuseAlarms.NameOf(refusing.Rule.Kind), refusing.Left(now));
            }

            persons.Add(print);
            count++;
            return default;
        }
    }

    private void Roll(DateOnly today)
    {
        if (day != today)
        {
            (day, count, isBudgetTold) = (today, 0, false);
            persons.Clear();
            logged.Clear();
        }
    }

    private bool IsLogged(SubjectId id, HubKeys keys)
    {
        if (logged.Count == 0)
        {
            return false;
        }

        var live = keys.Subjects;
        return Has(live.Active) || Has(live.Next) || Has(live.Previous);

        bool Has(SubjectKeyer? keyer) => keyer is not null && logged.Contains(keyer.Compute(id).High);
    }

    private RuleWindow? Detect(Matter matter, in SeenPerson seen, DateTimeOffset now, ref List<string>? alarms)
    {
        if (!ReferenceEquals(row, matter))
        {
            // Another catalogue: its windows begin anew, unless the rows are the same.
            if (row is null || !row.MisuseRules.Equals(matter.MisuseRules))
            {
                windows = [.. matter.MisuseRules.Select(r => new RuleWindow(r))];
            }

            row = matter;
        }

        RuleWindow? refusing = null;
        foreach (var window in windows)
        {
            window.Roll(now);
            if (window.See(seen))
            {
                (alarms ??= []).Add(MisuseAlarms.NameOf(window.Rule.Kind));
            }

            if (window.IsMet && window.Rule.Action == MisuseAction.Refuse)
            {
                refusing ??= window;
            }
        }

        return refusing;
    }
}

/// <summary>Whether a check is refused.</summary>
/// <param name="Reason">Why; UNSPECIFIED: it isn't.</param>
/// <param name="Kind">Name of the row's kind.</param>
/// <param name="RetryAfter">How long it is refused.</param>
internal readonly record struct UseOutcome(ErrorReason Reason, string Kind, TimeSpan RetryAfter);
