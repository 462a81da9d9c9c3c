using CreditExchange.Cli.Import;

namespace CreditExchange.Cli.Reconcile;

/// <summary>What becomes of a row, or of a listing that vanished.</summary>
internal enum Fate
{
    /// <summary>It can't be used, or the hub refuses it.</summary>
    Rejected,

    /// <summary>The hub doesn't hold it: published.</summary>
    New,

    /// <summary>The hub holds it with other content: amended.</summary>
    Amended,

    /// <summary>The hub holds it as it is: left alone.</summary>
    Unchanged,

    /// <summary>Its term ended, while the file still has it: left alone.</summary>
    Expired,

    /// <summary>Vanished with a ground: ended.</summary>
    Ended,

    /// <summary>Vanished without a ground: left alone.</summary>
    WithoutGround,
}

/// <summary>A row, and what becomes of it.</summary>
/// <param name="Fate">What becomes of it.</param>
/// <param name="Row">What is sent, or the fault that keeps it from being sent.</param>
/// <param name="Held">The hub's listing; null: it holds none.</param>
/// <param name="Paths">The fields that are amended.</param>
internal sealed record RowFate(Fate Fate, SourceRow Row, Held? Held = null, IReadOnlyList<string>? Paths = null);
