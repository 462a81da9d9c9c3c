namespace CreditExchange.Domain.Recognition;

/// <summary>Says of a hit that it was recognised: from where, by what, and why it counts for less where it does.</summary>
/// <param name="Region">The party that it comes from.</param>
/// <param name="Agreement">The agreement.</param>
/// <param name="Article">Article of the agreement.</param>
/// <param name="Mark">NOT_EXECUTED_HERE, NO_RECEIVING_BASIS or PARTNER_DATA_OLD; empty: it counts fully.</param>
public sealed record RecognitionNote(string Region, string Agreement, string Article, string Mark)
{
    /// <summary>Mark of every recognised hit.</summary>
    public const string Recognised = "RECOGNISED";

    /// <summary>Mark of a flagged one.</summary>
    public const string NotExecutedHere = "NOT_EXECUTED_HERE";

    /// <summary>Mark of one by a row without a receiving basis.</summary>
    public const string NoReceivingBasis = "NO_RECEIVING_BASIS";

    /// <summary>Mark of one of a partner whose data is too old.</summary>
    public const string PartnerDataOld = "PARTNER_DATA_OLD";

    /// <summary>For the person at the screen, in Chinese.</summary>
    public string Zh => $"经{Region}认定，依协议{Agreement}{ArticleZh}互认";

    // "article 3" is how terms write it in either language's file; a Chinese reader expects 第3条.
    private string ArticleZh => Article.StartsWith("article ", StringComparison.Ordinal) && int.TryParse(
        Article.AsSpan(8), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
        ? $"第{number}条"
        : $"（{Article}）";

    /// <summary>The same in English.</summary>
    public string En => $"recognised from {Region} under agreement {Agreement}, {Article}";
}
