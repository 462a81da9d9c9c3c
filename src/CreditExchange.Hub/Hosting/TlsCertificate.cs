using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CreditExchange.Hub.Hosting;

/// <summary>Loads the server's certificate.</summary>
public static class TlsCertificate
{
    /// <summary>The certificate with its private key.</summary>
    /// <exception cref="ConfigurationException">A file is missing or no PEM of the right kind.</exception>
    public static X509Certificate2 Load(TlsOptions options)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(options.Certificate, options.Key);
        }
        catch (Exception error) when (error is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new ConfigurationException([$"Tls: '{options.Certificate}' and '{options.Key}' can't be used: {error.Message}"]);
        }
    }
}
