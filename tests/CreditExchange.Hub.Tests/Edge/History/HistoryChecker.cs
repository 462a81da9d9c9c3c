using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.Edge.History;

/// <summary>What was said of one subject.</summary>
/// <param name="Number">The subject's number, of synthetic persons and companies only.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Matches">Its listings as <see cref="LedgerModel.Text"/> names them, sorted.</param>
internal sealed record Said(string Number, Verdict Verdict, string Matches);

/// <summary>One answer, with what its reader knew when it asked.</summary>
/// <param name="Node">Who answered.</param>
/// <param name="MinPosition">The position that it asked for.</param>
/// <param name="Bound">The age that it took.</param>
/// <param name="SentAt">When, before the question left.</param>
/// <param name="LedgerId">Of the answer.</param>
/// <param name="Position">Of the answer.</param>
/// <param name="FreshAt">Of the answer.</param>
/// <param name="Subjects">What it says.</param>
internal sealed record Answered(
    string Node,
    long MinPosition,
    TimeSpan Bound,
    DateTimeOffset SentAt,
    string LedgerId,
    long Position,
    DateTimeOffset FreshAt,
    IReadOnlyList<Said> Subjects);

/// <summary>A write that was answered, and when the answer was there.</summary>
internal sealed record Acknowledged(string ListingId, long Position, ListingState State, DateTimeOffset At);

/// <summary>What can be wrong with a history.</summary>
internal enum Wrong
{
    /// <summary>Another answer than the model's at the position that the answer names.</summary>
    Content,

    /// <summary>A position below the one that was asked for.</summary>
    BelowMinPosition,

    /// <summary>A position below one that the same reader had before.</summary>
    Backwards,

    /// <summary>A write was answered longer ago than the age that was taken, and isn't in the answer.</summary>
    TooOld,

    /// <summary>A write was answered before fresh_at, and isn't in the answer.</summary>
    NotFreshAtFreshAt,

    /// <summary>A position or a ledger that there isn't.</summary>
    NoSuchPosition,

    /// <summary>A write was answered and isn't in the ledger as it was answered.</summary>
    LostWrite,
}

/// <summary>One fault of a history.</summary>
internal sealed record Anomaly(Wrong Wrong, string Node, string Text);

/// <summary>
/// Decides afterwards, from the whole ledger and all that was answered, whether every answer could be given. All times are of one
/// machine's clock.
/// </summary>
internal sealed class HistoryChecker(string ledgerId, LedgerModel model, IEnumerable<Acknowledged> writes)
{
    private readonly Acknowledged[] byTime = [.. writes.OrderBy(w => w.At)];
    private readonly List<Anomaly> found = [];

    /// <summary>Everything that is wrong.</summary>
    /// <param name="readers">The answers of each reader, in the order in which it got them.</param>
    public IReadOnlyList<Anomaly> Check(IEnumerable<IReadOnlyList<Answered>> readers)
    {
        // The greatest position among all writes that were answered up to each.
        var reached = new long[byTime.Length];
        for (var i = 0; i < reached.Length; i++)
        {
            reached[i] = Math.Max(i == 0 ? 0 : reached[i - 1], byTime[i].Position);
            if (model.StateAt(byTime[i].ListingId, byTime[i].Position) != byTime[i].State)
            {
                Add(Wrong.LostWrite, "ledger", $"{byTime[i]}");
            }
        }

        foreach (var reader in readers)
        {
            var last = 0L;
            foreach (var answer in reader)
            {
                Check(answer, last, reached);
                last = Math.Max(last, answer.Position);
            }
        }

        return found;
    }

    private void Check(Answered answer, long last, long[] reached)
    {
        var (node, position) = (answer.Node, answer.Position);
        if (answer.LedgerId != ledgerId || position > model.Head)
        {
            Add(Wrong.NoSuchPosition, node, $"{position} of {answer.LedgerId}, where {ledgerId} ends at {model.Head}");
            return;
        }

        foreach (var said in answer.Subjects)
        {
            var matches = model.MatchesOf(said.Number, position);
            var verdict = matches.Length == 0 ? Verdict.Clear : Verdict.Restricted;
            if (said.Verdict != verdict || said.Matches != matches)
            {
                Add(Wrong.Content, node, $"at {position}: {said.Verdict} ({said.Matches}) instead of {verdict} ({matches})");
            }
        }

        if (position < answer.MinPosition)
        {
            Add(Wrong.BelowMinPosition, node, $"{position} where {answer.MinPosition} was asked for");
        }

        if (position < last)
        {
            Add(Wrong.Backwards, node, $"{position} after {last}");
        }

        if (ReachedBefore(answer.SentAt - answer.Bound, reached) is var known && position < known)
        {
            Add(Wrong.TooOld, node, $"{position} where {known} was answered more than {answer.Bound} before");
        }

        if (ReachedBefore(answer.FreshAt, reached) is var head && position < head)
        {
            Add(Wrong.NotFreshAtFreshAt, node, $"{position} where {head} was answered before {answer.FreshAt:O}");
        }
    }

    private long ReachedBefore(DateTimeOffset time, long[] reached)
    {
        var (low, high) = (0, byTime.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = byTime[middle].At < time ? (middle + 1, high) : (low, middle);
        }

        return low == 0 ? 0 : reached[low - 1];
    }

    private void Add(Wrong wrong, string node, string text) => found.Add(new Anomaly(wrong, node, text));
}
