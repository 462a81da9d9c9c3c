using System.Security.Cryptography;
using System.Text;
using CreditExchange.Ledger.Sqlite;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Ledger.Backup;

/// <summary>manifest.json of a backup's folder: what is in it, so that a part or a change is noticed.</summary>
internal static class Manifests
{
    public const string File = "manifest.json";
    private const uint Version = 1;

    public static BackupFile Describe(string path)
    {
        using var file = System.IO.File.OpenRead(path);
        return new BackupFile
        {
            Name = Path.GetFileName(path),
            Bytes = file.Length,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(file)),
        };
    }

    public static void Write(string folder, BackupManifest manifest)
    {
        manifest.Version = Version;
        using var file = PrivatePaths.Open(Path.Combine(folder, File), FileShare.None);
        file.Write(Encoding.UTF8.GetBytes(new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true)).Format(manifest) + "\n"));
        file.Flush(flushToDisk: true);
    }

    /// <summary>The manifest of a folder, after its files were compared with it.</summary>
    /// <exception cref="LedgerRefusedException">It is missing, or a file isn't what it says.</exception>
    public static BackupManifest Check(string folder)
    {
        var manifest = Read(folder)
            ?? throw new LedgerRefusedException($"{folder} is no backup: its {File} is missing or can't be read.");
        if (manifest.Version != Version)
        {
            throw new LedgerRefusedException($"The backup {folder} has version {manifest.Version}; this program knows version {Version}.");
        }

        foreach (var file in manifest.Files)
        {
            var path = Path.Combine(folder, Path.GetFileName(file.Name));
            if (!System.IO.File.Exists(path) || !Describe(path).Equals(file))
            {
                throw new LedgerRefusedException($"The backup is not whole: {path} is not what the manifest says.");
            }
        }

        return manifest;
    }

    public static BackupManifest? Read(string folder)
    {
        try
        {
            return BackupManifest.Parser.ParseJson(System.IO.File.ReadAllText(Path.Combine(folder, File)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidProtocolBufferException or InvalidJsonException)
        {
            return null;
        }
    }
}
