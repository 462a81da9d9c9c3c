using CreditExchange.V1;

namespace CreditExchange.Domain.Catalogues;

/// <summary>
/// How long a listing runs. A term of months is counted as the Civil Code counts it: the first day is not counted
/// (第二百零一条), a term of months ends on the day of the last month that corresponds to the first one, or on that
/// month's last day when it has none (第二百零二条), and the last day ends at 24:00 (第二百零三条). Terms end on whatever
/// day it is: an ending that favours the subject doesn't wait for a working day.
/// </summary>
public static class LegalTerms
{
    /// <summary>
    /// The exclusive end that the hub computes: 24:00 Asia/Shanghai of the term's last day; null when the term has no
    /// default, or would end after the last day there is. A start on 2024-03-15 with 24 months gives 2026-03-16T00:00+08:00.
    /// </summary>
    /// <param name="term">The term; its <c>default_months</c> counts.</param>
    /// <param name="start">The day from which it runs, as <see cref="StartDay"/> tells it.</param>
    public static DateTimeOffset? End(Term term, DateOnly start) => EndAfter(term.DefaultMonths, start);

    /// <summary>The latest exclusive end that a publisher may give; null when the term has no maximum.</summary>
    public static DateTimeOffset? LatestEnd(Term term, DateOnly start) => EndAfter(term.MaximumMonths, start);

    /// <summary>The instant from which a repair can be accepted; null when the term has no minimum.</summary>
    public static DateTimeOffset? EarliestRepair(Term term, DateOnly start) => EndAfter(term.MinimumMonths, start);

    /// <summary>
    /// The day from which a listing's term runs. Where the listing doesn't tell the day of service or conduct, the day of
    /// the decision stands for it, and where it tells no day at all, the day of publication.
    /// </summary>
    /// <param name="listing">The listing.</param>
    /// <param name="starts">What the term of its kind (or grade) runs from.</param>
    /// <param name="published">The day on which the hub published it.</param>
    public static DateOnly StartDay(Listing listing, TermStart starts, DateOnly published) => starts switch
    {
        TermStart.Decision => Decision(listing, published),
        TermStart.Service => LegalDay.TryParse(listing.Notice?.ServedOn ?? "", out var served)
            ? served
            : Decision(listing, published),
        TermStart.EndOfConduct => LegalDay.TryParse(listing.ConductOn, out var conduct)
            ? conduct
            : Decision(listing, published),
        TermStart.Effect => listing.EffectiveFrom is { } from ? LegalDay.Of(from.ToDateTimeOffset()) : published,
        _ => published,
    };

    /// <summary>The term of a listing: its grade's own, else its kind's; null when neither has one.</summary>
    public static Term? Of(ListKind kind, string grade)
    {
        var code = grade.Length == 0 ? kind.DefaultGrade : grade;
        foreach (var row in kind.Grades)
        {
            if (row.Code == code && row.Term is not null)
            {
                return row.Term;
            }
        }

        return kind.Term;
    }

    private static DateOnly Decision(Listing listing, DateOnly published) =>
        LegalDay.TryParse(listing.Document?.DecidedOn ?? "", out var decided) ? decided : published;

    private static DateTimeOffset? EndAfter(uint months, DateOnly start)
    {
        var left = ((DateOnly.MaxValue.Year - start.Year) * 12) + (DateOnly.MaxValue.Month - start.Month);
        if (months == 0 || months >= left)
        {
            return null;
        }

        // AddMonths takes the month's last day where the day doesn't exist: 31 January + 1 month is 28 or 29 February.
        return LegalDay.Start(start.AddMonths((int)months).AddDays(1));
    }
}
