using System.Text;
using System.Text.Unicode;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Import;

/// <summary>Makes sure that a file is UTF-8 before any of its rows is sent, and says what it is where it isn't.</summary>
internal static class Utf8Text
{
    /// <exception cref="CliError">NOT_UTF8: what the file looks like, where, and how to convert it.</exception>
    public static void Check(FileStream file, Language language)
    {
        var bytes = new byte[256 * 1024];
        var kept = 0;
        var line = 1L;
        var first = true;
        while (true)
        {
            var read = file.Read(bytes, kept, bytes.Length - kept);
            var all = bytes.AsSpan(0, kept + read);
            if (first && (all.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || all.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])))
            {
                throw Utf16(all[0] == 0xFF, language);
            }

            if (all.IndexOf((byte)0) is >= 0 and var zero)
            {
                // UTF-16 without a mark: of each ASCII character the high byte is zero, in the second place where it is little-endian.
                throw Utf16(first && zero % 2 == 1, language);
            }

            first = false;
            var good = Good(all);
            line += all[..good].Count((byte)'\n');
            kept = all.Length - good;
            if (read == 0 && kept > 0)
            {
                throw new CliError(ExitCode.Usage, "NOT_UTF8", Say.Utf8Cut.In(language, line), Say.Utf8CutNext.In(language));
            }

            if (kept > 3 || (kept > 0 && !MayGoOn(all[good..])))
            {
                throw IsGb18030(all[good..])
                    ? new CliError(ExitCode.Usage, "NOT_UTF8", Say.NotUtf8.In(language, line), Say.NotUtf8Next.In(language))
                    : new CliError(ExitCode.Usage, "NOT_UTF8", Say.Utf8Broken.In(language, line), Say.Utf8BrokenNext.In(language));
            }

            if (read == 0)
            {
                file.Position = 0;
                return;
            }

            all[good..].CopyTo(bytes);
        }
    }

    // How many bytes from the start are whole, valid characters.
    private static int Good(ReadOnlySpan<byte> all)
    {
        if (Utf8.IsValid(all))
        {
            return all.Length;
        }

        var at = 0;
        while (at < all.Length && Rune.DecodeFromUtf8(all[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    private static bool MayGoOn(ReadOnlySpan<byte> rest) =>
        Rune.DecodeFromUtf8(rest, out _, out _) == System.Buffers.OperationStatus.NeedMoreData;

    // GBK and GB18030: a lead of 0x81 to 0xFE, then 0x40 to 0xFE, or a digit in a form of four bytes.
    private static bool IsGb18030(ReadOnlySpan<byte> rest)
    {
        var pairs = 0;
        for (var i = 0; i < rest.Length && pairs < 64; i++)
        {
            if (rest[i] < 0x80)
            {
                continue;
            }

            if (i + 1 >= rest.Length)
            {
                break;
            }

            var trail = rest[i + 1];
            if (rest[i] is 0x80 or 0xFF || trail is < 0x30 or 0x7F or 0xFF or (> 0x39 and < 0x40))
            {
                return false;
            }

            i += trail < 0x40 ? 3 : 1;
            pairs++;
        }

        return pairs > 0;
    }

    private static CliError Utf16(bool little, Language language) => new(
        ExitCode.Usage, "NOT_UTF8", Say.Utf16.In(language), Say.Utf16Next.In(language, little ? "UTF-16LE" : "UTF-16BE"));
}
