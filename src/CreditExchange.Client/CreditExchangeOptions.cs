using System.Net.Http;

namespace CreditExchange.Client;

/// <summary>How a caller reaches a hub.</summary>
public sealed class CreditExchangeOptions
{
    /// <summary>Address of the hub's gRPC port. http:// is allowed to a loopback address only.</summary>
    public required Uri Address { get; init; }

    /// <summary>Yields the token of the next call; null: calls carry none. Asked once per call.</summary>
    /// <remarks>Use <see cref="TokenFile.Source"/> for a file that another process renews.</remarks>
    public Func<ValueTask<string>>? Token { get; init; }

    /// <summary>Deadline of a unary call that names none. The default is 5 seconds. Streams have none.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often a unary call is sent at most, the first time included, from 1 (once) to 5. A check that has no answer after
    /// <see cref="HedgingDelay"/> is sent again beside the first; writes and reads are sent again when the hub says UNAVAILABLE.
    /// </summary>
    public int Attempts { get; init; } = 3;

    /// <summary>After how long a check is sent again. The default is 100 ms.</summary>
    public TimeSpan HedgingDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Language of the texts that the hub sends, for example "zh-CN" or "en"; empty: the hub's own choice.</summary>
    public string Language { get; init; } = "";

    /// <summary>PEM file of the certificates that the hub's certificate must chain to; null: the system's.</summary>
    public string? CertificateAuthorities { get; init; }

    /// <summary>PEM file of the caller's own certificate with its key, where the hub asks for one; null: none.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>Where the time comes from.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Replaces the HTTP handler, for tests; TLS options are then its own business.</summary>
    public HttpMessageHandler? Handler { get; init; }
}
