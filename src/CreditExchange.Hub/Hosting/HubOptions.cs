using CreditExchange.Hub.Access;
using CreditExchange.Hub.Edge;
using CreditExchange.Hub.Metrics;
using CreditExchange.Hub.Recognition;
using CreditExchange.Hub.Redis;
using CreditExchange.Hub.Snapshots;
using CreditExchange.Streaming.Audiences;

namespace CreditExchange.Hub.Hosting;

/// <summary>How the hub runs. Read from appsettings.json, variables (with __) and the command line.</summary>
public sealed class HubOptions
{
    /// <summary>Address to listen on.</summary>
    /// <value>The default is 127.0.0.1: tokens travel in clear unless Tls is set.</value>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Port of gRPC, HTTP/2. Variable CREDITEXCHANGE_GRPC_PORT. 0: any free port.</summary>
    /// <value>The default is 7080. Allowed: 0 to 65535.</value>
    public int GrpcPort { get; set; } = 7080;

    /// <summary>Port of health and metrics, HTTP/1.1. Variable CREDITEXCHANGE_HTTP_PORT. 0: any free port.</summary>
    /// <value>The default is 7081. Allowed: 0 to 65535.</value>
    public int HttpPort { get; set; } = 7081;

    /// <summary>The data folder. Variable CREDITEXCHANGE_DATA.</summary>
    /// <value>The default is ".data".</value>
    public string Data { get; set; } = ".data";

    /// <summary>Name of this process among others, the first part of each check_id.</summary>
    /// <value>The default is "n1". Allowed: 1 to 31 of a-z and 0-9.</value>
    public string Node { get; set; } = "n1";

    /// <summary>How the access log is kept.</summary>
    public LogOptions AccessLog { get; set; } = new();

    /// <summary>How tokens are checked.</summary>
    public AccessOptions Auth { get; set; } = new();

    /// <summary>How often an agency may call.</summary>
    public RateLimitOptions RateLimits { get; set; } = new();

    /// <summary>Certificates.</summary>
    public TlsOptions Tls { get; set; } = new();

    /// <summary>Keys of the ledger.</summary>
    public KeyOptions Keys { get; set; } = new();

    /// <summary>Where backups go.</summary>
    public BackupOptions Backup { get; set; } = new();

    /// <summary>By what means checks are answered.</summary>
    public LookupOptions Lookup { get; set; } = new();

    /// <summary>The tier in Redis.</summary>
    public RedisOptions Redis { get; set; } = new();

    /// <summary>Streams through Kafka.</summary>
    public KafkaOptions Kafka { get; set; } = new();

    /// <summary>This hub as a party of agreements with other provinces.</summary>
    public RecognitionOptions Recognition { get; set; } = new();

    /// <summary>How often snapshots are cut.</summary>
    public SnapshotOptions Snapshots { get; set; } = new();

    /// <summary>Where metrics are sent to.</summary>
    public OtlpOptions Otlp { get; set; } = new();

    /// <summary>Where the ledger is kept.</summary>
    public StoreOptions Ledger { get; set; } = new();

    /// <summary>Listings of the generated data set that the first start in Development makes; 0: none.</summary>
    /// <value>The default is 200.</value>
    public int SampleListings { get; set; } = 200;

    /// <summary>Whether server reflection answers.</summary>
    /// <value>The default is true in Development, else false.</value>
    public bool? Reflection { get; set; }

    /// <summary>Largest message taken, in bytes.</summary>
    /// <value>The default is 4 MiB.</value>
    public int MaxMessageBytes { get; set; } = 4 * 1024 * 1024;
}

/// <summary>Certificates. Section "Tls".</summary>
public sealed class TlsOptions
{
    /// <summary>PEM file of the server's certificate; empty: cleartext.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>PEM file of its private key.</summary>
    public string Key { get; set; } = "";
}

/// <summary>Keys of the ledger. Section "Keys".</summary>
public sealed class KeyOptions
{
    /// <summary>File with the wrapping key, 32 bytes in base64; empty: Development makes one, elsewhere the hub refuses to start.</summary>
    public string WrappingKeyFile { get; set; } = "";

    /// <summary>The wrapping key itself, 32 bytes in base64, from a variable.</summary>
    public string WrappingKey { get; set; } = "";

    /// <summary>File with the wrapping keys of before, each a line in base64, while a rotation goes on.</summary>
    public string PreviousWrappingKeyFile { get; set; } = "";

    /// <summary>The wrapping keys of before, separated by commas, from a variable.</summary>
    public string PreviousWrappingKey { get; set; } = "";
}

/// <summary>Where backups go. Section "Backup".</summary>
public sealed class BackupOptions
{
    /// <summary>Folder of the ledger's backups; empty: none are made.</summary>
    public string Folder { get; set; } = "";

    /// <summary>Folder of the backups of its keys, on another medium; empty: none are made.</summary>
    public string KeysFolder { get; set; } = "";

    /// <summary>Days after which a backup of keys is deleted: the longest that an erasure takes to reach all copies.</summary>
    /// <value>The default is 7. Allowed: 1 to 90.</value>
    public int KeysKeptDays { get; set; } = 7;
}

/// <summary>How the access log is kept. Section "AccessLog".</summary>
public sealed class LogOptions
{
    /// <summary>Size of a segment; twice as much is allocated ahead.</summary>
    /// <value>The default is 64. Allowed: 1 to 1024.</value>
    public int SegmentMegabytes { get; set; } = 64;

    /// <summary>How often records are handed to the disk; a killed process loses none in any case.</summary>
    /// <value>The default is 1 second. Allowed: 00:00:00.01 to 00:01:00.</value>
    public TimeSpan SyncInterval { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>Where the ledger is kept. Section "Ledger".</summary>
public sealed class StoreOptions
{
    /// <summary>Sqlite; PostgreSql comes with a later version.</summary>
    public string Provider { get; set; } = "Sqlite";
}
