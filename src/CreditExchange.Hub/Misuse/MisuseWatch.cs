using System.Collections.Concurrent;
using System.Text;
using CreditExchange.AccessLog;
using CreditExchange.AccessLog.Reading;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Misuse;

/// <summary>
/// The budget of natural persons and the detector of enumeration, per agency and matter, by the rows of the catalogue in force.
/// Checks of organisations never come here.
/// </summary>
public sealed class MisuseWatch(
    AccessLogOptions log, PersonPrints prints, MisuseAlarms alarms, ILedger ledger, TimeProvider time, ILogger<MisuseAlarms> logger)
{
    // Agencies that are proved and matters of the catalogue: neither can be made up by a caller.
    private readonly ConcurrentDictionary<(string Agency, string Matter), MatterUse> uses = new();

    /// <summary>Reads the persons of today back from the access log. Before anything is asked.</summary>
    public void Load()
    {
        alarms.Start();
        var today = LegalDay.Of(time.GetUtcNow());
        var persons = PersonChecks.Read(
            log.Folder, LegalDay.Start(today), () => Remembering(today), place => MisuseLog.Damaged(logger, place.ToString()));
        if (persons > 0)
        {
            MisuseLog.ReadBack(logger, persons);
        }
    }

    private PersonCheckAction Remembering(DateOnly today)
    {
        // One thread's: agency and matter of millions of records, of which there are few, are made strings once.
        var known = new Dictionary<string, MatterUse>(StringComparer.Ordinal);
        var byText = known.GetAlternateLookup<ReadOnlySpan<char>>();
        return (agency, matter, key) =>
        {
            if (key.Length != SubjectKey.Length)
            {
                return;
            }

            Span<char> text = stackalloc char[256];
            MatterUse? use;
            if (agency.Length + matter.Length >= text.Length)
            {
                use = UseOf(Encoding.UTF8.GetString(agency), Encoding.UTF8.GetString(matter));
            }
            else
            {
                var length = Encoding.UTF8.GetChars(agency, text);
                text[length++] = '\0';
                length += Encoding.UTF8.GetChars(matter, text[length..]);
                if (!byText.TryGetValue(text[..length], out use))
                {
                    use = UseOf(Encoding.UTF8.GetString(agency), Encoding.UTF8.GetString(matter));
                    byText[text[..length]] = use;
                }
            }

            use.Remember(today, SubjectKey.Read(key));
        };
    }

    /// <summary>Counts a check of a natural person before it is written down, or refuses it.</summary>
    /// <param name="trace">The call.</param>
    /// <param name="person">Who is checked.</param>
    /// <param name="purpose">The purpose stated.</param>
    /// <param name="verdict">What would be answered.</param>
    /// <exception cref="RuleViolation">PERSON_BUDGET, ENUMERATION_SUSPECTED or ACCESS_LOG_FULL.</exception>
    public void Count(CallTrace trace, in CheckedPerson person, string purpose, Verdict verdict)
    {
        List<string>? raised = null;
        var matter = person.Matter;
        var outcome = UseOf(trace.AgencyId, matter.Code).Count(
            person, purpose, verdict != Verdict.Clear, time.GetUtcNow(), ledger.Keys, ref raised);
        if (raised is not null)
        {
            foreach (var kind in raised)
            {
                alarms.Raise(trace, matter.Code, kind);
            }
        }

        if (outcome.Reason != ErrorReason.Unspecified)
        {
            var fact = outcome.Kind.Length == 0 ? ("limit", $"{matter.DailyPersons}") : ("kind", outcome.Kind);
            throw new RuleViolation(outcome.Reason, "", ("matter", matter.Code), fact) { RetryAfter = outcome.RetryAfter };
        }
    }

    private MatterUse UseOf(string agency, string matter) =>
        uses.TryGetValue((agency, matter), out var use) ? use : uses.GetOrAdd((agency, matter), _ => new MatterUse(prints));
}
