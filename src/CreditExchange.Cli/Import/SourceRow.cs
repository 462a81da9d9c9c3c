using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Import;

/// <summary>Why a row was not sent: a stable code, the column or field, and a text.</summary>
internal sealed record RowFault(string Reason, string Field, Text Text);

/// <summary>One row of a file: a request without its id, or a fault.</summary>
/// <param name="Line">Line on which it begins, from 1.</param>
/// <param name="Request">null where there is a fault.</param>
/// <param name="Fault">null where there is a request.</param>
/// <param name="Number">The subject's number in clear; only ever shown masked.</param>
/// <param name="SourceRef">The publisher's own key.</param>
/// <param name="Stated">Paths of a listing that the file's form can state; null: all of them.</param>
internal readonly record struct SourceRow(
    long Line, ImportListingsRequest? Request, RowFault? Fault, string Number = "", string SourceRef = "", IReadOnlyList<string>? Stated = null);
