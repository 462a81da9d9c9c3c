using System.Globalization;

namespace CreditExchange.Cli.Texts;

/// <summary>Language of what cx says.</summary>
internal enum Language
{
    /// <summary>English.</summary>
    En,

    /// <summary>Simplified Chinese.</summary>
    Zh,
}

/// <summary>A text in both languages; {0} and so on stand for facts.</summary>
internal sealed record Text(string Zh, string En)
{
    public string In(Language language) => language == Language.Zh ? Zh : En;

    public string In(Language language, params object[] facts) =>
        string.Format(CultureInfo.InvariantCulture, In(language), facts);
}

/// <summary>Finds the language of a run.</summary>
internal static class Languages
{
    /// <summary>--lang wins, then LC_ALL, LC_MESSAGES, LANG; zh* is Chinese, all else English.</summary>
    /// <remarks>Read ahead of parsing, so that help and usage errors speak it too.</remarks>
    public static Language Choose(IReadOnlyList<string> args, Func<string, string?> environment)
    {
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] == "--lang" && i + 1 < args.Count)
            {
                return Of(args[i + 1]);
            }

            if (args[i].StartsWith("--lang=", StringComparison.Ordinal))
            {
                return Of(args[i]["--lang=".Length..]);
            }
        }

        foreach (var name in (ReadOnlySpan<string>)["LC_ALL", "LC_MESSAGES", "LANG"])
        {
            if (environment(name) is { Length: > 0 } value)
            {
                return Of(value);
            }
        }

        return Language.En;
    }

    /// <summary>As an Accept-Language header says it.</summary>
    public static string Tag(this Language language) => language == Language.Zh ? "zh-CN" : "en";

    private static Language Of(string value) =>
        value.StartsWith("zh", StringComparison.OrdinalIgnoreCase) ? Language.Zh : Language.En;
}
