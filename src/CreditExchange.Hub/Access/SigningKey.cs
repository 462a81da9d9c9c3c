using System.Security.Cryptography;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Access;

/// <summary>
/// The hub's own signing key, where it has one, and the key set in which its public half stands beside those of the keys
/// before it, until the last token that they signed has ended.
/// </summary>
public sealed class SigningKey
{
    private readonly Lock gate = new();
    private readonly OwnKeySet? set;
    private readonly string path;
    private readonly bool makesItsOwn;
    private readonly Func<string, TokenIssuer> open;
    private volatile TokenIssuer? issuer;

    internal SigningKey(TokenIssuer? issuer, OwnKeySet? set, string path, bool makesItsOwn, Func<string, TokenIssuer> open)
    {
        this.issuer = issuer;
        this.set = set;
        this.path = path;
        this.makesItsOwn = makesItsOwn;
        this.open = open;
    }

    /// <summary>Issues tokens with it; null where an identity provider does.</summary>
    public TokenIssuer? Issuer => issuer;

    internal static string NextFile(string path) => path + ".next";

    /// <summary>The keys of the hub's own key set.</summary>
    public IReadOnlyList<KeyRecord> Status() => set?.Status() ?? [];

    /// <summary>The next key: made and stored in Development, else what stands in the configured file now.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="RotationRefusedException">There is no other key, or it can't be used.</exception>
    public string Prepare()
    {
        if (set is null)
        {
            throw new RotationRefusedException(ErrorReason.KeyExternal, "The key set is kept outside the hub.");
        }

        lock (gate)
        {
            if (makesItsOwn)
            {
                SigningKeys.Make(NextFile(path));
            }

            using var next = Open(makesItsOwn ? NextFile(path) : path);
            return next.Id == issuer!.Id
                ? throw new RotationRefusedException(ErrorReason.KeyNotReplaced, "The signing key is the one in use.")
                : next.Id;
        }
    }

    /// <summary>Signs with the prepared key from now on; the public keys are known to the hub before the first token is signed.</summary>
    public async Task TakeAsync(KeySource source, CancellationToken cancellation)
    {
        var next = Open(makesItsOwn ? NextFile(path) : path);
        lock (gate)
        {
            set!.Publish(next, issuer!);
        }

        Traps.Reach("token.after-set-published");
        await source.ReadAgainAsync(cancellation);
        lock (gate)
        {
            if (makesItsOwn)
            {
                File.Move(NextFile(path), path, overwrite: true);
            }

            Traps.Reach("token.after-file-moved");
            issuer = next;
            set.MakeCurrent(next);
        }
    }

    /// <summary>Takes keys out of the set whose last token has ended.</summary>
    public IReadOnlyList<KeyRecord> EndRetired()
    {
        lock (gate)
        {
            return set?.EndRetired() ?? [];
        }
    }

    private TokenIssuer Open(string file)
    {
        try
        {
            return open(File.ReadAllText(file));
        }
        catch (Exception error) when (error is IOException or ArgumentException or CryptographicException or UnauthorizedAccessException)
        {
            throw new RotationRefusedException(ErrorReason.KeyUnusable, "not a private key of curve P-256 in PEM");
        }
    }
}
