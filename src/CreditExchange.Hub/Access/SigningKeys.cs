using System.Security.Cryptography;
using CreditExchange.Ledger;

namespace CreditExchange.Hub.Access;

/// <summary>Finds the hub's own signing key, and makes one in Development.</summary>
public static class SigningKeys
{
    /// <summary>Longest lifetime of a token that the hub issues in Development.</summary>
    public static readonly TimeSpan LongestInDevelopment = TimeSpan.FromDays(30);

    /// <summary>The signing key, where the hub has one. Without a configured key set, its own public half becomes the key set.</summary>
    public static SigningKey Open(AccessOptions options, string dataFolder, bool isDevelopment, TimeProvider time)
    {
        var path = options.SigningKey;
        var folder = Path.Combine(dataFolder, "auth");
        var makesItsOwn = path.Length == 0 && isDevelopment && options.Jwks.Length == 0;
        if (makesItsOwn)
        {
            Directory.CreateDirectory(folder);
            path = Path.Combine(folder, "signing-key.pem");
            MakeOrTake(path);
        }

        if (path.Length == 0)
        {
            return new SigningKey(null, null, path, makesItsOwn, OpenIssuer);
        }

        var issuer = OpenIssuer(File.ReadAllText(path));
        OwnKeySet? set = null;
        if (options.Jwks.Length == 0)
        {
            Directory.CreateDirectory(folder);
            options.Jwks = Path.Combine(folder, "jwks.json");
            set = new OwnKeySet(options.Jwks, (isDevelopment ? LongestInDevelopment : options.MaxLifetime) + options.ClockSkew, time);
            set.Open(issuer);
        }

        return new SigningKey(issuer, set, path, makesItsOwn, OpenIssuer);

        TokenIssuer OpenIssuer(string pem) => new(pem, options, time);
    }

    private static void MakeOrTake(string path)
    {
        // A process died while it rotated: what was prepared is taken, so that the rotation happened once and whole.
        if (File.Exists(SigningKey.NextFile(path)))
        {
            File.Move(SigningKey.NextFile(path), path, overwrite: true);
        }

        if (!File.Exists(path))
        {
            Make(path);
            Traps.Reach("first.after-signing-key");
        }
    }

    /// <summary>Makes a key of curve P-256 in a file that only the hub reads.</summary>
    internal static void Make(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PrivateFile.Write(path, key.ExportPkcs8PrivateKeyPem());
    }
}
