using System.Text.Json;
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

    // After a failed reading; a key that was withdrawn while the issuer was away must not stay for a whole interval more.
    private static readonly TimeSpan FailedPause = TimeSpan.FromSeconds(10);

    // Who names a known key waits so long for a reading that is due, and then goes on with what is known.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // An answer that takes longer, or is longer, is none.
    private static readonly TimeSpan LongestReading = TimeSpan.FromSeconds(5);
    private const int LongestSet = 1 << 20;

    private readonly Lock gate = new();
    private readonly CancellationTokenSource ending = new();
    private volatile KeySet keys = KeySet.None;
    private volatile bool hasFailed;
    private Reading? reading;
    private long readTicks;
    private DateTime fileTime;

    /// <summary>Grows whenever the keys change; remembered tokens of an older version are forgotten.</summary>
    public int Version => keys.Version;

    /// <summary>The keys now, read again when it is time. One reading at a time, and no caller's end ends it.</summary>
    /// <param name="unknownKey">A token named a key that isn't among them.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async ValueTask<KeySet> GetAsync(bool unknownKey, CancellationToken cancellation)
    {
        if (!IsDue(unknownKey) || Begin(() => IsDue(unknownKey)) is not { } begun)
        {
            return keys;
        }

        var enough = keys.Version == 0 || unknownKey || !IsUrl ? begun.Read : Task.WhenAny(begun.Read, begun.Patience);
        await enough.WaitAsync(cancellation);
        return keys;
    }

    /// <summary>Reads the keys now: before a token is signed with a new one.</summary>
    public async Task ReadAgainAsync(CancellationToken cancellation)
    {
        // A reading that is under way may have begun before what the caller knows of.
        if (Begin(() => false) is { } earlier)
        {
            await earlier.Read.WaitAsync(cancellation);
        }

        fileTime = default;
        await Begin(() => true)!.Read.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ending.Cancel();
        ending.Dispose();
    }

    private bool IsUrl => options.Jwks.StartsWith("http", StringComparison.OrdinalIgnoreCase);

    private bool IsDue(bool unknownKey)
    {
        var age = TimeSpan.FromTicks(time.GetUtcNow().UtcTicks - Volatile.Read(ref readTicks));
        if (keys.Version == 0 || !IsUrl)
        {
            return age >= FilePoll;
        }

        return age >= options.JwksRefresh || (unknownKey && age >= UnknownKeyPause) || (hasFailed && age >= FailedPause);
    }

    // The reading under way, or a new one where it is wanted.
    private Reading? Begin(Func<bool> isWanted)
    {
        lock (gate)
        {
            if (reading is { Read.IsCompleted: false })
            {
                return reading;
            }

            // While an issuer that was away stays away nobody waits for it.
            return isWanted()
                ? reading = new Reading(Task.Run(ReadAsync), hasFailed ? Task.CompletedTask : Task.Delay(Patience))
                : null;
        }
    }

    private async Task ReadAsync()
    {
        hasFailed = !await TakeAsync();

        // Only now: until the first keys are there, every caller waits for them instead of being refused without.
        Volatile.Write(ref readTicks, time.GetUtcNow().UtcTicks);
    }

    private async Task<bool> TakeAsync()
    {
        try
        {
            var json = IsUrl ? await FetchAsync() : await ReadFileAsync();
            if (json != keys.Json)
            {
                keys = KeySet.Parse(json, keys.Version + 1);
                KeyLog.Read(logger, keys.Keys.Count, keys.Version);
            }

            return true;
        }
        catch (Exception error) when (error is IOException or HttpRequestException or ArgumentException or UnauthorizedAccessException
            or OperationCanceledException or InvalidOperationException or JsonException or InvalidDataException)
        {
            // The keys known so far stay in force: an issuer that is away must not lock everybody out.
            KeyLog.Unreadable(logger, options.Jwks, error);
            return false;
        }
    }

    private async Task<string> FetchAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        limit.CancelAfter(LongestReading);
        using var answer = await http.GetAsync(new Uri(options.Jwks), HttpCompletionOption.ResponseHeadersRead, limit.Token);
        answer.EnsureSuccessStatusCode();
        await answer.Content.LoadIntoBufferAsync(LongestSet, limit.Token);
        return await answer.Content.ReadAsStringAsync(limit.Token);
    }

    private async Task<string> ReadFileAsync()
    {
        var written = File.GetLastWriteTimeUtc(options.Jwks);
        if (keys.Version != 0 && written == fileTime)
        {
            return keys.Json;
        }

        var json = await File.ReadAllTextAsync(options.Jwks, ending.Token);
        fileTime = written;
        return json;
    }

    private sealed record Reading(Task Read, Task Patience);
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

        // A page of a proxy, an issuer that starts: who wants everybody locked out revokes agencies or stops the hub.
        return keys.Count > 0 ? new KeySet(version, keys, json) : throw new InvalidDataException("The key set holds no signature key.");
    }
}

internal static partial class KeyLog
{
    [LoggerMessage(1200, LogLevel.Information, "Took {Count} signature keys from the key set, version {Version}.", EventName = "KeysRead")]
    public static partial void Read(ILogger logger, int count, int version);

    [LoggerMessage(1201, LogLevel.Warning, "The key set '{Source}' can't be read; the keys known so far stay in force.", EventName = "KeysUnreadable")]
    public static partial void Unreadable(ILogger logger, string source, Exception error);
}
