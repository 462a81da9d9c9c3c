namespace CreditExchange.Ledger;

/// <summary>
/// The ledger could not take or read an event: I/O failed, it is closing, or too much waits. Whether a waiting event was
/// recorded is not known; retry with the same request key, which answers it.
/// </summary>
public sealed class LedgerUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The ledger refuses to open: the folder, the keys or the content are not what they must be. Names the next step.</summary>
public sealed class LedgerRefusedException(string message, Exception? inner = null) : Exception(message, inner);
