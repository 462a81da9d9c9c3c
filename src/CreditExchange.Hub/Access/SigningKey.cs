namespace CreditExchange.Hub.Access;

/// <summary>The hub's own signing key, where it has one.</summary>
/// <param name="Issuer">Issues tokens with it; null where an identity provider does.</param>
public sealed record SigningKey(TokenIssuer? Issuer);
