using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Import;
using CreditExchange.Cli.Subjects;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Doctor;

/// <summary>
/// Writes the verdicts. For a person the rows that need one, with --json every row; the summary last. No number in clear, no name.
/// </summary>
internal sealed class DoctorReport(Invocation run)
{
    private readonly Dictionary<string, long> _outcomes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _byReason = new(StringComparer.Ordinal);
    private long _rows;

    /// <summary>Whether every row would go in and every vanished one has its ground.</summary>
    public bool AllWell => Count(Verdict.Refuse) + Count(Verdict.WithoutGround) == 0;

    /// <summary>Writes one verdict.</summary>
    /// <param name="row">The row; line 0: a listing that vanished.</param>
    /// <param name="list">Its list, where known.</param>
    /// <param name="verdict">What becomes of it.</param>
    public void Add(SourceRow row, string list, Verdict verdict)
    {
        _rows++;
        _outcomes[verdict.Outcome] = Count(verdict.Outcome) + 1;
        if (verdict.Reason.Length > 0)
        {
            _byReason[verdict.Reason] = _byReason.GetValueOrDefault(verdict.Reason) + 1;
        }

        var reference = ReportText.Reference(row.SourceRef, row.Number);
        var number = Number(row.Number);
        var note = HasFullWidth(row.Number) ? Say.DoctorFullWidth.In(run.Language) : "";
        if (run.Json)
        {
            run.Line(JsonLine.Of(json =>
            {
                json.WriteString("outcome", verdict.Outcome);
                json.WriteNumber("line", row.Line);
                json.WriteString("source_ref", reference);
                json.WriteString("number", number);
                json.WriteString("list_code", ReportText.Fact(list));
                json.WriteString("reason", verdict.Reason.Length > 0 ? verdict.Reason : null);
                json.WriteString("field", verdict.Field.Length > 0 ? verdict.Field : null);
                json.WriteString("message", verdict.Message.Length > 0 ? verdict.Message : null);
                json.WriteString("note", note.Length > 0 ? note : null);
            }));
        }
        else if (Word(verdict.Outcome) is { } word || note.Length > 0)
        {
            var what = verdict.Message.Length > 0 ? Told(verdict) : note;
            run.Line(Say.FateLine.In(
                run.Language, Word(verdict.Outcome)?.In(run.Language) ?? verdict.Outcome, row.Line, reference, number, what));
        }
    }

    /// <summary>Writes the summary.</summary>
    /// <param name="offline">No hub was asked.</param>
    /// <param name="stop">Why a reconciling import would stop; null: it wouldn't.</param>
    public void Summarise(bool offline, Errors.CliError? stop)
    {
        if (run.Json)
        {
            run.Line(JsonLine.Of(json =>
            {
                json.WriteString("outcome", "summary");
                json.WriteNumber("rows", _rows);
                foreach (var outcome in (ReadOnlySpan<string>)
                    [Verdict.Accept, Verdict.Amend, Verdict.Unchanged, Verdict.AlreadyThere, Verdict.Expired, Verdict.End,
                     Verdict.WithoutGround, Verdict.Refuse, Verdict.Unjudged])
                {
                    json.WriteNumber(outcome, Count(outcome));
                }

                json.WriteStartObject("by_reason");
                foreach (var (reason, count) in _byReason)
                {
                    json.WriteNumber(reason, count);
                }

                json.WriteEndObject();
                json.WriteBoolean("hub_asked", !offline);
                json.WriteString("stop", stop?.Reason);
            }));
            return;
        }

        run.Line(Say.DoctorDone.In(
            run.Language, _rows, Count(Verdict.Accept), Count(Verdict.Amend), Count(Verdict.Unchanged) + Count(Verdict.Expired),
            Count(Verdict.AlreadyThere), Count(Verdict.End), Count(Verdict.WithoutGround), Count(Verdict.Refuse)));
        foreach (var (reason, count) in _byReason)
        {
            run.Line(Say.ImportReason.In(run.Language, reason, count));
        }

        if (offline)
        {
            run.Line(Say.DoctorOffline.In(run.Language));
        }

        if (stop is not null)
        {
            run.Line(Say.DoctorStop.In(run.Language, $"{stop.Message} ({stop.Reason})"));
        }
    }

    private long Count(string outcome) => _outcomes.GetValueOrDefault(outcome);

    private static string Told(Verdict verdict) =>
        verdict.Reason.Length == 0 ? verdict.Message : $"{verdict.Message} ({string.Join(", ", Words(verdict.Reason, verdict.Field))})";

    private static IEnumerable<string> Words(string reason, string field) => field.Length == 0 ? [reason] : [reason, field];

    private static Text? Word(string outcome) => outcome switch
    {
        Verdict.Refuse => Say.FateRejected,
        Verdict.WithoutGround => Say.FateWithoutGround,
        Verdict.End => Say.FateEnded,
        Verdict.Amend => Say.FateAmended,
        _ => null,
    };

    // Shifted columns put a name where the number belongs: one without a digit is not shown at all.
    private static string Number(string number) => ReportText.Masked(
        number.Length > 64 || number.AsSpan().IndexOfAnyInRange('0', '9') < 0 && !HasFullWidth(number)
            ? new string('*', Math.Min(number.Length, 8))
            : NumberMask.Of(number));

    private static bool HasFullWidth(string text) => text.AsSpan().IndexOfAnyInRange('！', '～') >= 0;
}
