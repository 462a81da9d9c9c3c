using System.Text;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;
using CreditExchange.Ledger;

namespace CreditExchange.Cli.Commands;

/// <summary>A data folder and the key that opens it.</summary>
internal static class LedgerFiles
{
    private const int KeyLength = 32;

    /// <summary>The wrapping key comes from the file, from Keys__WrappingKeyFile or Keys__WrappingKey as the hub's does, or is Development's own.</summary>
    /// <exception cref="CliError">None is there, or it isn't 32 bytes.</exception>
    public static LedgerOptions Options(Invocation run, string folder, string? keyFile)
    {
        keyFile ??= run.Terminal.Environment("Keys__WrappingKeyFile");
        var own = Path.Combine(folder, "keys", "wrapping.key");
        byte[] bytes;
        try
        {
            bytes = !string.IsNullOrEmpty(keyFile) ? File.ReadAllBytes(keyFile)
                : run.Terminal.Environment("Keys__WrappingKey") is { Length: > 0 } text ? Encoding.ASCII.GetBytes(text)
                : File.ReadAllBytes(own);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliError.File(run.Language, string.IsNullOrEmpty(keyFile) ? own : keyFile);
        }

        return new LedgerOptions { DataFolder = folder, WrappingKey = bytes.Length == KeyLength ? bytes : Decode(run, bytes) };
    }

    private static byte[] Decode(Invocation run, byte[] bytes)
    {
        var key = new byte[KeyLength];
        return Convert.TryFromBase64String(Encoding.ASCII.GetString(bytes).Trim(), key, out var length) && length == KeyLength
            ? key
            : throw CliError.Usage(run.Language, Say.WrappingKeyInvalid.In(run.Language), "cx ledger");
    }
}
