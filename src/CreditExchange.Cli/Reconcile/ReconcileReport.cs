using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Import;
using CreditExchange.Cli.Subjects;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Reconcile;

/// <summary>Counts what was done, or would be, and writes it: rows first, the summary last.</summary>
internal sealed class ReconcileReport(Invocation run, Reconciliation found)
{
    // On a terminal a list that is longer than this helps nobody; the rejects file and --json have it all.
    private const int MostShown = 20;
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private SortedDictionary<string, long> _byReason = new(StringComparer.Ordinal);
    private long _published;
    private long _amended;
    private long _ended;
    private long _alreadyThere = found.EndedBefore;
    private long _rejected;
    private long _withoutGround;
    private int _shown;

    /// <summary>1 where something needs a person: a rejected row, or one that vanished without a ground.</summary>
    public int Exit => _rejected + _withoutGround > 0 ? ExitCode.Partly : ExitCode.Done;

    /// <summary>The hub took a row.</summary>
    public void Accepted(ImportListingsRequest request, bool replayed)
    {
        if (replayed)
        {
            _alreadyThere++;
            return;
        }

        switch (request.ItemCase)
        {
            case ImportListingsRequest.ItemOneofCase.Amend:
                _amended++;
                break;
            case ImportListingsRequest.ItemOneofCase.End:
                _ended++;
                break;
            default:
                _published++;
                break;
        }
    }

    /// <summary>A row that nothing is sent for.</summary>
    public void LeftAlone(RowFate fate) => Count(fate.Fate == Fate.Expired ? "expired" : "unchanged");

    /// <summary>Lists what vanished without a ground.</summary>
    public void WithoutGround(RejectsFile rejects)
    {
        foreach (var vanished in found.Vanished)
        {
            if (vanished.Fate == Fate.WithoutGround)
            {
                _withoutGround++;
                Show("without_ground", Say.FateWithoutGround, vanished);
                var (row, fault) = (vanished.Row, vanished.Row.Fault!);
                rejects.Add(row.Line, fault.Field, fault.Reason, fault.Text.In(run.Language), row.Number, row.SourceRef);
            }
        }
    }

    /// <summary>Writes what would be done with each row, and the summary.</summary>
    public void Planned(IEnumerable<SourceRow> rows, bool stopped)
    {
        foreach (var row in rows)
        {
            var fate = found.Of(row);
            switch (fate.Fate)
            {
                case Fate.New:
                    _published++;
                    Show("published", Say.FateNew, fate);
                    break;
                case Fate.Amended:
                    _amended++;
                    Show("amended", Say.FateAmended, fate);
                    break;
                case Fate.Rejected:
                    _rejected++;
                    Reason(fate.Row.Fault?.Reason ?? "SUBJECT_INVALID");
                    Show("rejected", Say.FateRejected, fate);
                    break;
                default:
                    LeftAlone(fate);
                    break;
            }
        }

        foreach (var order in found.UselessOrders)
        {
            _rejected++;
            Reason(order.Fault!.Reason);
            Show("rejected", Say.FateRejected, new RowFate(Fate.Rejected, order));
        }

        foreach (var vanished in found.Vanished)
        {
            var ends = vanished.Fate == Fate.Ended;
            _ended += ends ? 1 : 0;
            _withoutGround += ends ? 0 : 1;
            Show(ends ? "ended" : "without_ground", ends ? Say.FateEnded : Say.FateWithoutGround, vanished);
        }

        Summarise(stopped ? "stopped" : "dry_run", null, null);
    }

    /// <summary>Writes the summary of what was done.</summary>
    public void Done(ImportTally tally, RejectsFile rejects, TimeSpan took)
    {
        _rejected = tally.Rejected;
        _byReason = tally.ByReason;
        Summarise("done", rejects, took);
    }

    private void Reason(string reason) => _byReason[reason] = _byReason.GetValueOrDefault(reason) + 1;

    private void Count(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;

    private void Show(string outcome, Text word, RowFate fate)
    {
        var (row, known) = (fate.Row, fate.Held);
        var reference = ReportText.Reference(row.SourceRef, row.Number);
        if (run.Json)
        {
            run.Line(JsonLine.Of(json =>
            {
                json.WriteString("outcome", outcome);
                json.WriteNumber("line", row.Line);
                json.WriteString("source_ref", reference);
                json.WriteString("number", NumberMask.Of(row.Number));
                json.WriteString("listing_id", known?.Listing.ListingId);
                json.WriteString("list_code", known?.Key.List ?? row.Request?.Listing?.ListCode);
                json.WriteString("reason", row.Fault?.Reason);
                json.WriteStartArray("fields");
                foreach (var path in fate.Paths ?? [])
                {
                    json.WriteStringValue(path);
                }

                json.WriteEndArray();
            }));
        }
        else if (++_shown <= MostShown)
        {
            var more = fate.Paths is { } paths ? string.Join(", ", paths) : row.Fault is { } fault ? fault.Text.In(run.Language) : "";
            run.Line(Say.FateLine.In(run.Language, word.In(run.Language), row.Line, reference, NumberMask.Of(row.Number), more));
        }
    }

    private void Summarise(string state, RejectsFile? rejects, TimeSpan? took)
    {
        var unchanged = _counts.GetValueOrDefault("unchanged");
        var expired = _counts.GetValueOrDefault("expired");
        if (run.Json)
        {
            run.Line(JsonLine.Of(json =>
            {
                json.WriteString("outcome", "summary");
                json.WriteString("state", state);
                json.WriteNumber("published", _published);
                json.WriteNumber("amended", _amended);
                json.WriteNumber("unchanged", unchanged);
                json.WriteNumber("expired", expired);
                json.WriteNumber("ended", _ended);
                json.WriteNumber("without_ground", _withoutGround);
                json.WriteNumber("rejected", _rejected);
                json.WriteNumber("already_there", _alreadyThere);
                json.WriteStartObject("rejected_by_reason");
                foreach (var (reason, count) in _byReason)
                {
                    json.WriteNumber(reason, count);
                }

                json.WriteEndObject();
                json.WriteStartArray("lists");
                foreach (var (list, counts) in found.Lists)
                {
                    json.WriteStartObject();
                    json.WriteString("list_code", list);
                    json.WriteNumber("live", counts.Live);
                    json.WriteNumber("new", counts.New);
                    json.WriteNumber("changed", counts.Changed);
                    json.WriteNumber("unchanged", counts.Unchanged);
                    json.WriteNumber("vanished", counts.Vanished);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteString("rejects_file", rejects is { Exists: true } ? rejects.Path : null);
                json.WriteNumber("seconds", Math.Round(took?.TotalSeconds ?? 0, 3));
            }));
            return;
        }

        if (_shown > MostShown)
        {
            run.Line(Say.FatesMore.In(run.Language, _shown - MostShown));
        }

        foreach (var (list, counts) in found.Lists)
        {
            run.Line(Say.ReconcileList.In(
                run.Language, list, counts.Live, counts.New, counts.Changed, counts.Unchanged, counts.Vanished));
        }

        if (state == "stopped")
        {
            return;
        }

        var what = state == "dry_run" ? Say.ReconcileWould : Say.ReconcileDone;
        run.Line(what.In(run.Language, _published, _amended, unchanged + expired, _ended, _withoutGround, _rejected, _alreadyThere));
        foreach (var (reason, count) in _byReason)
        {
            run.Line(Say.ImportReason.In(run.Language, reason, count));
        }

        if (rejects is { Exists: true })
        {
            run.Line(Say.ImportRejects.In(run.Language, rejects.Path));
        }
    }
}
