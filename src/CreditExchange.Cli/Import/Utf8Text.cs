using System.Text;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Import;

/// <summary>Makes sure that a file is UTF-8 before any of its rows is sent.</summary>
internal static class Utf8Text
{
    /// <exception cref="CliError">NOT_UTF8: with how to convert it.</exception>
    public static void Check(FileStream file, Language language)
    {
        var decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        var bytes = new byte[256 * 1024];
        var chars = new char[bytes.Length + 4];
        try
        {
            int read;
            while ((read = file.Read(bytes)) > 0)
            {
                decoder.GetChars(bytes, 0, read, chars, 0, flush: false);
                if (Array.IndexOf(bytes, (byte)0, 0, read) >= 0)
                {
                    // UTF-16 without a mark.
                    throw NotUtf8(language);
                }
            }

            decoder.GetChars([], 0, 0, chars, 0, flush: true);
        }
        catch (DecoderFallbackException)
        {
            throw NotUtf8(language);
        }

        file.Position = 0;
    }

    private static CliError NotUtf8(Language language) =>
        new(ExitCode.Usage, "NOT_UTF8", Say.NotUtf8.In(language), Say.NotUtf8Next.In(language));
}
