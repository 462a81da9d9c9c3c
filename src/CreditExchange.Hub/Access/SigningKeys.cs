using System.Security.Cryptography;

namespace CreditExchange.Hub.Access;

/// <summary>Finds the hub's own signing key, and makes one in Development.</summary>
public static class SigningKeys
{
    /// <summary>The signing key, where the hub has one. Without a configured key set, its own public half becomes the key set.</summary>
    public static SigningKey Open(AccessOptions options, string dataFolder, bool mayCreate, TimeProvider time)
    {
        var path = options.SigningKey;
        var folder = Path.Combine(dataFolder, "auth");
        if (path.Length == 0 && mayCreate && options.Jwks.Length == 0)
        {
            Directory.CreateDirectory(folder);
            path = Path.Combine(folder, "signing-key.pem");
            if (!File.Exists(path))
            {
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                PrivateFile.Write(path, key.ExportPkcs8PrivateKeyPem());
            }
        }

        if (path.Length == 0)
        {
            return new SigningKey(null);
        }

        var issuer = new TokenIssuer(File.ReadAllText(path), options, time);
        if (options.Jwks.Length == 0)
        {
            Directory.CreateDirectory(folder);
            options.Jwks = Path.Combine(folder, "jwks.json");
            PrivateFile.Write(options.Jwks, issuer.Jwks());
        }

        return new SigningKey(issuer);
    }
}
