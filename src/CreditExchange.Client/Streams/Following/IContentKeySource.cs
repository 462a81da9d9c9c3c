namespace CreditExchange.Client.Streams.Following;

/// <summary>Gives the keys of sealed content.</summary>
public interface IContentKeySource
{
    /// <summary>Most listings in one call.</summary>
    const int Most = 1_000;

    /// <summary>The keys of listings, in their order; null for one that has ended or is not known: then its content stays closed for good.</summary>
    /// <param name="listingIds">1 to 1,000, each once.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ContentKeysUnavailableException">The source can't be asked now: it is asked again, and nothing is skipped.</exception>
    ValueTask<IReadOnlyList<byte[]?>> GetAsync(IReadOnlyList<string> listingIds, CancellationToken cancellation);
}

/// <summary>A source of keys can't be asked now; later it may.</summary>
/// <param name="message">What happened.</param>
/// <param name="inner">What it came from.</param>
public sealed class ContentKeysUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
