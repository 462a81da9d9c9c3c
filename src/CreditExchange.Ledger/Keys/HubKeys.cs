using CreditExchange.Domain.Subjects;

namespace CreditExchange.Ledger;

/// <summary>Keys of one hub, made at the first open and stored wrapped. They never leave it.</summary>
/// <param name="Subject">Makes subject keys: stands for a number in tables, in the index and in Redis.</param>
/// <param name="Token">From which the keys of the audiences' tokens are derived.</param>
/// <param name="Request">Makes request keys, content MACs, source keys and name tags.</param>
public sealed record HubKeys(SubjectKeyer Subject, SubjectKeyer Token, SubjectKeyer Request);
