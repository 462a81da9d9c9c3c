namespace CreditExchange.Domain.Catalogues;

/// <summary>One thing that the lint found wrong.</summary>
/// <param name="Row">Which row: its code with its first day, or for rows without a code what they are about.</param>
/// <param name="Field">The field by its proto name, with dots for parts.</param>
/// <param name="Zh">What is wrong, in Chinese.</param>
/// <param name="En">What is wrong, in English.</param>
public sealed record CatalogueFault(string Row, string Field, string Zh, string En);
