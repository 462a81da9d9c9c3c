using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Import;

/// <summary>Why a row was not sent: a stable code, the column or field, and a text.</summary>
internal sealed record RowFault(string Reason, string Field, Text Text);

/// <summary>One row of a file: a request without its id, or a fault.</summary>
/// <param name="Line">Line on which it begins, from 1.</param>
internal readonly record struct SourceRow(long Line, ImportListingsRequest? Request, RowFault? Fault, string Number = "", string SourceRef = "");
