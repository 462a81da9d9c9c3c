using Microsoft.IdentityModel.Tokens;

namespace CreditExchange.Hub.Access;

/// <summary>
/// The issuer's public keys, from a JWKS file or URL, read again when they may have changed. Only signature keys of EC and
/// RSA are taken: a symmetric key in a key set would let anyone who reads it sign (key confusion).
/// </summary>
public sealed class KeySource(AccessOptions options, TimeProvider time, ILogger<KeySource> logger, HttpClient http) : IDisposable
{
    private static readonly TimeSpan FilePoll = TimeSpan.FromSeconds(1);

    // An unknown key id may be a fresh key, but must not let a stranger make us hammer the issuer.
    private static readonly TimeSpan UnknownKeyPause = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim gate = new(1, 1);
    private volatile KeySet keys = KeySet.None;
    private long readTicks;
    private DateTime fileTime;

    /// <summary>Grows whenever the keys change; remembered tokens of an older version are forgotten.</summary>
    public int Version => keys.Version;

    /// <summary>The keys now, read again when it is time.</summary>
    /// <param name="unknownKey">A token named a key that isn't among them.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async ValueTask<KeySet> GetAsync(bool unknownKey, CancellationToken cancellation)
    {
        if (!IsDue(unknownKey))
        {
            return keys;
        }

        await gate.WaitAsync(cancellation);
        try
        {
            if (IsDue(unknownKey))
            {
                await ReadAsync(cancellation);
            }
        }
        finally
        {
            gate.Release();
        }

        return keys;
    }

    /// <summary>Reads the keys now: before a token is signed with a new one.</summary>
    public async Task ReadAgainAsync(CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            fileTime = default;
            await ReadAsync(cancellation);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private bool IsUrl => options.Jwks.StartsWith("http", StringComparison.OrdinalIgnoreCase);

    private bool IsDue(bool unknownKey)
    {
        var age = TimeSpan.FromTicks(time.GetUtcNow().UtcTicks - Volatile.Read(ref readTicks));
        if (keys.Version == 0)
        {
            return age >= FilePoll;
        }

        return !IsUrl ? age >= FilePoll : age >= options.JwksRefresh || (unknownKey && age >= UnknownKeyPause);
    }

    private async Task ReadAsync(CancellationToken cancellation)
    {
        await TakeAsync(cancellation);

        // Only now: until the first keys are there, every caller waits for them instead of being refused without.
        Volatile.Write(ref readTicks, time.GetUtcNow().UtcTicks);
    }

    private async Task TakeAsync(CancellationToken cancellation)
    {
        try
        {
            string json;
            if (IsUrl)
            {
                json = await http.GetStringAsync(new Uri(options.Jwks), cancellation);
            }
            else
            {
                var written = File.GetLastWriteTimeUtc(options.Jwks);
                if (keys.Version != 0 && written == fileTime)
                {
                    return;
                }

                json = await File.ReadAllTextAsync(options.Jwks, cancellation);
                fileTime = written;
            }

            if (json == keys.Json)
            {
                return;
            }

            keys = KeySet.Parse(json, keys.Version + 1);
            KeyLog.Read(logger, keys.Keys.Count, keys.Version);
        }
        catch (Exception error) when (error is IOException or HttpRequestException or ArgumentException or UnauthorizedAccessException)
        {
            // The keys known so far stay in force: an issuer that is away must not lock everybody out.
            KeyLog.Unreadable(logger, options.Jwks, error);
        }
    }
}

/// <summary>One version of the issuer's keys.</summary>
/// <param name="Version">From 1; 0 before the first reading.</param>
/// <param name="Keys">The keys by key id.</param>
/// <param name="Json">As read.</param>
public sealed record KeySet(int Version, IReadOnlyDictionary<string, SecurityKey> Keys, string Json)
{
    internal static readonly KeySet None = new(0, new Dictionary<string, SecurityKey>(), "");

    internal static KeySet Parse(string json, int version)
    {
        var keys = new Dictionary<string, SecurityKey>(StringComparer.Ordinal);
        foreach (var key in new JsonWebKeySet(json).Keys)
        {
            if (key.Kty is JsonWebAlgorithmsKeyTypes.EllipticCurve or JsonWebAlgorithmsKeyTypes.RSA && key.Use is null or "sig" && key.Kid is not null)
            {
                keys[key.Kid] = key;
            }
        }

        return new KeySet(version, keys, json);
    }
}

internal static partial class KeyLog
{
    [LoggerMessage(1200, LogLevel.Information, "Took {Count} signature keys from the key set, version {Version}.", EventName = "KeysRead")]
    public static partial void Read(ILogger logger, int count, int version);

    [LoggerMessage(1201, LogLevel.Warning, "The key set '{Source}' can't be read; the keys known so far stay in force.", EventName = "KeysUnreadable")]
    public static partial void Unreadable(ILogger logger, string source, Exception error);
}
