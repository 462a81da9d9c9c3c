using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CreditExchange.TestKit;

/// <summary>An authority and a server's certificate for loopback, made for one test.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tls-").FullName;

    /// <summary>Makes them, valid for a day.</summary>
    public TestCertificates()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=CreditExchange test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        File.WriteAllText(Authority, authority.ExportCertificatePem());

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        using var certificate = server.Create(authority, now.AddHours(-1), now.AddHours(23), [1, 2, 3, 4]);
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>PEM file of the authority.</summary>
    public string Authority => Path.Combine(folder, "authority.pem");

    /// <summary>PEM file of the server's certificate.</summary>
    public string Certificate => Path.Combine(folder, "server.pem");

    /// <summary>PEM file of its key.</summary>
    public string Key => Path.Combine(folder, "server-key.pem");

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(folder, recursive: true);
}
