using CreditExchange.Cli.Subjects;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Import;

/// <summary>Turns the fields of one CSV row into a listing.</summary>
internal interface IColumns
{
    /// <summary>Columns by name, and the field that each fills.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>By column the path of the listing's field that it fills; null: part of the key, or not kept.</summary>
    IReadOnlyList<string?> Paths { get; }

    /// <summary>Paths that every row states, whatever columns there are.</summary>
    IReadOnlyList<string> Always => [];

    /// <summary>The listing of a row; values are trimmed.</summary>
    /// <param name="value">Value of the column with this index in <see cref="Names"/>; empty where the file has none.</param>
    /// <exception cref="RowFaultException">A value can't be used.</exception>
    Listing Read(Func<int, string> value);

    /// <summary>Index of the column that holds the number.</summary>
    int Number { get; }

    /// <summary>Index of the column that holds the publisher's own key.</summary>
    int SourceRef { get; }
}

/// <summary>The hub's own columns.</summary>
internal sealed class HubColumns(string defaultList) : IColumns
{
    public static readonly string[] Required = ["source_ref", "number"];

    public IReadOnlyList<string> Names { get; } =
    [
        "source_ref", "list_code", "subject_kind", "number", "issuer", "subject_name", "reason", "document_number",
        "document_authority", "decided_on", "conduct_on", "served_on", "manner", "remedies", "effective_from",
        "effective_until", "grade", "measures",
    ];

    public IReadOnlyList<string?> Paths { get; } =
    [
        null, null, null, null, null, "subject_name", "reason", "document.number", "document.authority", "document.decided_on",
        "conduct_on", "notice.served_on", "notice.manner", "notice.remedies", "effective_from", "effective_until", "grade", "measures",
    ];

    public int Number => 3;

    public int SourceRef => 0;

    public Listing Read(Func<int, string> value)
    {
        var number = RowValues.Required(value(3), "number");
        var listing = new Listing
        {
            SourceRef = RowValues.Required(value(0), "source_ref"),
            ListCode = RowValues.Required(value(1).Length > 0 ? value(1) : defaultList, "list_code"),
            Subject = new SubjectId { Kind = Kind(value(2), number), Number = IdForms.Tidy(number), Issuer = value(4) },
            SubjectName = value(5),
            Reason = value(6),
            ConductOn = RowValues.Day(value(10), "conduct_on"),
            EffectiveFrom = RowValues.Instant(value(14), "effective_from"),
            EffectiveUntil = RowValues.Instant(value(15), "effective_until"),
            Grade = value(16),
        };
        if (value(7).Length + value(8).Length + value(9).Length > 0)
        {
            listing.Document = new DecisionDocument
            {
                Number = value(7),
                Authority = value(8),
                DecidedOn = RowValues.Day(value(9), "decided_on"),
            };
        }

        if (value(11).Length + value(12).Length + value(13).Length > 0)
        {
            listing.Notice = new Notice
            {
                ServedOn = RowValues.Day(value(11), "served_on"),
                Manner = value(12),
                Remedies = value(13),
            };
        }

        foreach (var measure in value(17).Split([';', '；', '|'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            listing.Measures.Add(measure);
        }

        return listing;
    }

    private static IdKind Kind(string stated, string number)
    {
        if (stated.Length > 0)
        {
            return IdForms.TryParse(stated, out var kind)
                ? kind
                : throw new RowFaultException(new RowFault("SUBJECT_KIND", "subject_kind", Say.RowKindUnknown));
        }

        var guess = IdForms.Guess(number);
        return guess != IdKind.Unspecified
            ? guess
            : throw new RowFaultException(new RowFault("SUBJECT_KIND", "subject_kind", Say.RowKind));
    }
}
