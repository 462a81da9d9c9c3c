namespace CreditExchange.Ledger;

/// <summary>Under which subjects an entity is found.</summary>
/// <param name="Entity">The entity.</param>
/// <param name="Position">Position of its newest event.</param>
/// <param name="Subjects">Its entries, those of one key version together and each version in the same order.</param>
public sealed record SubjectRow(long Entity, long Position, IReadOnlyList<SubjectEntry> Subjects);
