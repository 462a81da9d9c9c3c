namespace CreditExchange.Hub.Errors;

/// <summary>The language of texts for people: simplified Chinese or English, by accept-language.</summary>
public enum Language
{
    /// <summary>English, also when nothing is asked for.</summary>
    English,

    /// <summary>Simplified Chinese.</summary>
    Chinese,
}

/// <summary>Reads accept-language.</summary>
public static class LanguageHeader
{
    /// <summary>The first of the caller's languages that the hub speaks; weights are taken in the order written.</summary>
    public static Language Parse(string? header)
    {
        foreach (var range in (header ?? "").AsSpan().Split(','))
        {
            var tag = header.AsSpan(range.Start.Value, range.End.Value - range.Start.Value).Trim();
            if (tag.StartsWith("zh", StringComparison.OrdinalIgnoreCase))
            {
                return Language.Chinese;
            }

            if (tag.StartsWith("en", StringComparison.OrdinalIgnoreCase))
            {
                return Language.English;
            }
        }

        return Language.English;
    }

    /// <summary>The BCP 47 tag.</summary>
    public static string Tag(this Language language) => language == Language.Chinese ? "zh-CN" : "en";
}
