using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace CreditExchange.Client;

/// <summary>
/// A connection to a hub with its typed clients. Make one and share it: it is safe for concurrent use and reconnects by
/// itself.
/// </summary>
public sealed class CreditExchangeChannel : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <summary>Opens nothing yet: the first call connects.</summary>
    /// <exception cref="ArgumentException">The address is neither https nor http to a loopback address.</exception>
    public CreditExchangeChannel(CreditExchangeOptions options)
    {
        Address = options.Address;
        var tls = string.Equals(Address.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal);
        if (!tls && !(string.Equals(Address.Scheme, Uri.UriSchemeHttp, StringComparison.Ordinal) && Address.IsLoopback))
        {
            throw new ArgumentException(
                "Plain text is allowed to a loopback address only: use https://", nameof(options));
        }

        _channel = GrpcChannel.ForAddress(Address, new GrpcChannelOptions
        {
            HttpHandler = options.Handler ?? Handler(options),
            DisposeHttpClient = options.Handler is null,
            Credentials = tls ? ChannelCredentials.SecureSsl : ChannelCredentials.Insecure,
            // Only ever true for loopback, see above.
            UnsafeUseInsecureChannelCallCredentials = !tls,
            MaxReceiveMessageSize = 64 * 1024 * 1024,
            ServiceConfig = CallPolicies.Of(options),
        });
        Invoker = _channel.CreateCallInvoker().Intercept(new CallDefaults(options));
        Registry = new RegistryService.RegistryServiceClient(Invoker);
        Lookup = new LookupService.LookupServiceClient(Invoker);
        Updates = new ListUpdateService.ListUpdateServiceClient(Invoker);
        Catalogue = new CatalogueService.CatalogueServiceClient(Invoker);
        Agencies = new AgencyService.AgencyServiceClient(Invoker);
        Maintenance = new MaintenanceService.MaintenanceServiceClient(Invoker);
        Tokens = new TokenService.TokenServiceClient(Invoker);
        Keys = new KeyService.KeyServiceClient(Invoker);
        Recognition = new RecognitionService.RecognitionServiceClient(Invoker);
        AccessLog = new AccessLogService.AccessLogServiceClient(Invoker);
    }

    /// <summary>Where the hub is.</summary>
    public Uri Address { get; }

    /// <summary>For clients of other services on the same port, such as health.</summary>
    public CallInvoker Invoker { get; }

    /// <summary>Agencies write.</summary>
    public RegistryService.RegistryServiceClient Registry { get; }

    /// <summary>Callers check.</summary>
    public LookupService.LookupServiceClient Lookup { get; }

    /// <summary>Consumers follow.</summary>
    public ListUpdateService.ListUpdateServiceClient Updates { get; }

    /// <summary>Lists, measures and matters.</summary>
    public CatalogueService.CatalogueServiceClient Catalogue { get; }

    /// <summary>Organisations and their rights.</summary>
    public AgencyService.AgencyServiceClient Agencies { get; }

    /// <summary>Erasure, holds, verification, backup.</summary>
    public MaintenanceService.MaintenanceServiceClient Maintenance { get; }

    /// <summary>Tokens, where the hub issues them.</summary>
    public TokenService.TokenServiceClient Tokens { get; }

    /// <summary>The hub's keys: status and rotation.</summary>
    public KeyService.KeyServiceClient Keys { get; }

    /// <summary>Agreements with other provinces.</summary>
    public RecognitionService.RecognitionServiceClient Recognition { get; }

    /// <summary>Auditors read who asked.</summary>
    public AccessLogService.AccessLogServiceClient AccessLog { get; }

    /// <inheritdoc />
    public void Dispose() => _channel.Dispose();

    private static SocketsHttpHandler Handler(CreditExchangeOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            ConnectTimeout = TimeSpan.FromSeconds(5),
            AutomaticDecompression = DecompressionMethods.None,
        };
        if (options.ClientCertificate is { } own)
        {
            handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(own)];
        }

        if (options.CertificateAuthorities is { } authorities)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(authorities);
            handler.SslOptions.CertificateChainPolicy = Trusting(roots);
        }

        return handler;
    }

    private static X509ChainPolicy Trusting(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
