using CreditExchange.V1;

namespace CreditExchange.Cli.Subjects;

/// <summary>One line of cx check's input: [kind[@issuer]:]number[,name].</summary>
/// <param name="Line">From 1.</param>
/// <param name="Id">The subject; its kind is unspecified where neither stated nor told by the form.</param>
/// <param name="Name">Empty where the line names none.</param>
internal sealed record SubjectLine(long Line, SubjectId Id, string Name)
{
    /// <summary>Reads a line; null where it is empty or a comment (#).</summary>
    public static SubjectLine? Parse(string text, long line)
    {
        var trimmed = text.Trim().TrimStart('\uFEFF');
        if (trimmed.Length == 0 || trimmed[0] == '#')
        {
            return null;
        }

        var comma = trimmed.AsSpan().IndexOfAny(',', '，');
        var name = comma < 0 ? "" : trimmed[(comma + 1)..].Trim();
        var id = comma < 0 ? trimmed : trimmed[..comma].Trim();
        var colon = id.AsSpan().IndexOfAny(':', '：');
        if (colon < 0)
        {
            return new SubjectLine(line, new SubjectId { Kind = IdForms.Guess(id), Number = IdForms.Tidy(id) }, name);
        }

        var head = id[..colon];
        var at = head.IndexOf('@', StringComparison.Ordinal);
        var kind = IdForms.TryParse(at < 0 ? head : head[..at], out var stated) ? stated : IdKind.Unspecified;
        return new SubjectLine(
            line,
            new SubjectId { Kind = kind, Number = id[(colon + 1)..].Trim(), Issuer = at < 0 ? "" : head[(at + 1)..].Trim() },
            name);
    }
}
