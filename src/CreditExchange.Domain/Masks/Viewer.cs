using CreditExchange.V1;

namespace CreditExchange.Domain.Masks;

/// <summary>Who looks.</summary>
/// <param name="AgencyId">The caller's agency.</param>
/// <param name="Recipient">As what it receives content; the publisher of a listing is recognised by its origin.</param>
/// <param name="SeesSystem">Whether it holds the scope "system".</param>
/// <param name="SeesSecurity">Whether it holds the scope "security".</param>
public readonly record struct Viewer(
    string AgencyId, RecipientKind Recipient, bool SeesSystem = false, bool SeesSecurity = false);
