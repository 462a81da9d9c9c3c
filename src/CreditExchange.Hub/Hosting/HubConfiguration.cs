using System.Globalization;
using CreditExchange.AccessLog.Segments;
using CreditExchange.Domain.Recognition;
using CreditExchange.Hub.Edge;
using CreditExchange.Hub.Recognition;
using CreditExchange.Lookup.Redis;

namespace CreditExchange.Hub.Hosting;

/// <summary>Reads the options and finds all their faults at once, so that nobody fixes one per start.</summary>
public static class HubConfiguration
{
    /// <summary>The options, checked.</summary>
    /// <exception cref="ConfigurationException">Names every fault: key, value, what is allowed.</exception>
    public static HubOptions Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var faults = new List<string>();
        var options = new HubOptions();
        try
        {
            configuration.Bind(options);
        }
        catch (InvalidOperationException error)
        {
            faults.Add(error.Message);
        }

        options.GrpcPort = Port(configuration, "CREDITEXCHANGE_GRPC_PORT", options.GrpcPort, faults);
        options.HttpPort = Port(configuration, "CREDITEXCHANGE_HTTP_PORT", options.HttpPort, faults);
        options.Data = configuration["CREDITEXCHANGE_DATA"] is { Length: > 0 } data ? data : options.Data;
        Check(options, environment, faults);
        return faults.Count == 0 ? options : throw new ConfigurationException(faults);
    }

    /// <summary>The wrapping key, then those of before; empty where Development may make one. Files are read again each time.</summary>
    /// <exception cref="ConfigurationException">A key is not 32 bytes in base64, or a file can't be read.</exception>
    public static IReadOnlyList<byte[]> WrappingKeys(HubOptions options)
    {
        var current = Keys(options.Keys.WrappingKeyFile, options.Keys.WrappingKey);
        if (current.Count > 1)
        {
            throw new ConfigurationException(["Keys: there is one wrapping key; those of before go to PreviousWrappingKeyFile."]);
        }

        var previous = Keys(options.Keys.PreviousWrappingKeyFile, options.Keys.PreviousWrappingKey);
        return current.Count == 0 ? [] : [.. current, .. previous];
    }

    private static List<byte[]> Keys(string file, string text)
    {
        try
        {
            return (file.Length > 0 ? File.ReadAllText(file) : text)
                .Split([',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(Key).ToList();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException([$"Keys: '{file}' can't be read: {error.Message}"]);
        }
    }

    private static byte[] Key(string text)
    {
        var key = new byte[32];
        return Convert.TryFromBase64String(text, key, out var length) && length == 32
            ? key
            : throw new ConfigurationException(["Keys: a wrapping key must be 32 bytes in base64 (its value is not shown)."]);
    }

    private static void Check(HubOptions options, IHostEnvironment environment, List<string> faults)
    {
        if (options.Ledger.Provider != "Sqlite")
        {
            faults.Add($"Ledger:Provider is '{options.Ledger.Provider}'; this version knows Sqlite.");
        }

        if (options.Tls.Certificate.Length > 0 != options.Tls.Key.Length > 0)
        {
            faults.Add("Tls:Certificate and Tls:Key go together; one of them is empty.");
        }

        if (options.Backup.KeysKeptDays is < 1 or > 90)
        {
            faults.Add($"Backup:KeysKeptDays is {options.Backup.KeysKeptDays}; allowed: 1 to 90.");
        }

        if (options.Backup.Folder.Length > 0 != options.Backup.KeysFolder.Length > 0
            || (options.Backup.Folder.Length > 0 && Path.GetFullPath(options.Backup.Folder) == Path.GetFullPath(options.Backup.KeysFolder)))
        {
            faults.Add("Backup:Folder and Backup:KeysFolder go together and are two folders.");
        }

        if (options.Snapshots.Every is < 1 or > 100_000_000)
        {
            faults.Add($"Snapshots:Every is {options.Snapshots.Every}; allowed: 1 to 100000000.");
        }

        if (!RecordPlace.IsNode(options.Node))
        {
            faults.Add($"Node is '{options.Node}'; allowed: 1 to {RecordPlace.LongestNode} of a-z and 0-9.");
        }

        if (options.AccessLog.SegmentMegabytes is < 1 or > 1_024)
        {
            faults.Add($"AccessLog:SegmentMegabytes is {options.AccessLog.SegmentMegabytes}; allowed: 1 to 1024.");
        }

        if (options.AccessLog.SyncInterval < TimeSpan.FromMilliseconds(10) || options.AccessLog.SyncInterval > TimeSpan.FromMinutes(1))
        {
            faults.Add($"AccessLog:SyncInterval is {options.AccessLog.SyncInterval}; allowed: 00:00:00.01 to 00:01:00.");
        }

        if (options.RateLimits.PerSecond is < 0 or > 1_000_000)
        {
            faults.Add($"RateLimits:PerSecond is {options.RateLimits.PerSecond}; allowed: 0 to 1000000.");
        }

        if (options.RateLimits.Burst is < 0 or > 10_000_000)
        {
            faults.Add($"RateLimits:Burst is {options.RateLimits.Burst}; allowed: 0 to 10000000.");
        }

        options.RateLimits.ReadAgencies(out var limit);
        if (limit is not null)
        {
            faults.Add($"RateLimits:Agencies has '{limit}'; allowed: AGENCY=0 to 1000000, separated by commas.");
        }

        faults.AddRange(options.Otlp.Faults());
        faults.AddRange(options.Kafka.Faults());
        CheckRecognition(options.Recognition, environment.IsDevelopment(), faults);
        CheckRedis(options.Redis.Configuration, faults);
        CheckEdge(options, faults);
        if (options.SampleListings is < 0 or > 1_000_000)
        {
            faults.Add($"SampleListings is {options.SampleListings}; allowed: 0 to 1000000.");
        }

        if (options.MaxMessageBytes is < 65_536 or > 67_108_864)
        {
            faults.Add($"MaxMessageBytes is {options.MaxMessageBytes}; allowed: 65536 to 67108864.");
        }

        if (options.Auth.MaxLifetime <= TimeSpan.Zero || options.Auth.MaxLifetime > TimeSpan.FromHours(1))
        {
            faults.Add($"Auth:MaxLifetime is {options.Auth.MaxLifetime}; allowed: up to 01:00:00.");
        }

        if (!environment.IsDevelopment())
        {
            if (options.Keys.WrappingKey.Length == 0 && options.Keys.WrappingKeyFile.Length == 0)
            {
                faults.Add("Keys:WrappingKeyFile or Keys:WrappingKey is required outside Development: 32 bytes in base64.");
            }

            if (options.Auth.Jwks.Length == 0 && options.Auth.SigningKey.Length == 0)
            {
                faults.Add("Auth:Jwks is required outside Development: file or URL of the issuer's key set.");
            }
        }
    }

    private static void CheckRecognition(RecognitionOptions options, bool isDevelopment, List<string> faults)
    {
        if (isDevelopment && options.Region.Length == 0)
        {
            options.Region = "460000";
        }

        if (isDevelopment && options.HubId.Length == 0 && options.Region == "460000")
        {
            options.HubId = "hainan-hub";
            options.NameEn = options.NameEn.Length == 0 ? "Hainan" : options.NameEn;
        }

        if (!options.IsUsed)
        {
            return;
        }

        if (!RegionReach.IsRegion(options.Region))
        {
            faults.Add($"Recognition:Region is '{options.Region}'; allowed: six digits of GB/T 2260.");
        }

        if (options.HubId.Length is < 3 or > 63 || options.HubId.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
        {
            faults.Add($"Recognition:HubId is '{options.HubId}'; allowed: 3 to 63 of a-z, 0-9 and hyphens.");
        }

        for (var i = 0; i < options.Partners.Count; i++)
        {
            if (options.Partners[i].Fault() is { } fault)
            {
                faults.Add($"Recognition:Partners:{i}: {fault}.");
            }
        }

        if (!isDevelopment && !File.Exists(options.SigningKey))
        {
            faults.Add($"Recognition:SigningKey is '{options.SigningKey}'; where Recognition:Region is set it must be a PEM file with a private key of curve P-256.");
        }
    }

    private static void CheckEdge(HubOptions options, List<string> faults)
    {
        if (options.Lookup.Mode == LookupMode.Full)
        {
            return;
        }

        if (!Uri.TryCreate(options.Lookup.Upstream, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            faults.Add($"Lookup:Upstream is '{options.Lookup.Upstream}'; an edge node needs the http or https address of a full node.");
        }

        if (!File.Exists(options.Lookup.TokenFile))
        {
            faults.Add($"Lookup:TokenFile is '{options.Lookup.TokenFile}'; an edge node needs a file with its token there.");
        }

        if (options.Keys.WrappingKey.Length == 0 && options.Keys.WrappingKeyFile.Length == 0)
        {
            faults.Add("Keys:WrappingKeyFile or Keys:WrappingKey is required on an edge node: the one of the full node.");
        }

        if (options.Auth.Jwks.Length == 0)
        {
            faults.Add("Auth:Jwks is required on an edge node: file or URL of the issuer's key set.");
        }
    }

    // What the string says is not told: it may hold a password.
    private static void CheckRedis(string configuration, List<string> faults)
    {
        try
        {
            if (configuration.Length > 0 && TierConnection.Options(configuration).EndPoints.Count == 0)
            {
                faults.Add("Redis:Configuration names no server.");
            }
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            faults.Add("Redis:Configuration is no StackExchange.Redis string (its value is not shown).");
        }
    }

    private static int Port(IConfiguration configuration, string key, int value, List<string> faults)
    {
        if (configuration[key] is { Length: > 0 } text && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value))
        {
            faults.Add($"{key} is '{text}'; allowed: 0 to 65535.");
        }

        if (value is < 0 or > 65_535)
        {
            faults.Add($"{key} is {value}; allowed: 0 to 65535.");
        }

        return value;
    }
}

/// <summary>The configuration can't be used.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> faults)
    : Exception("The configuration has faults:\n  " + string.Join("\n  ", faults))
{
    /// <summary>Each fault in one line.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
