using CreditExchange.V1;

namespace CreditExchange.Domain.Listings;

/// <summary>How a legal basis is written in one line.</summary>
public static class LegalTexts
{
    /// <summary>Document and article, with one space between; empty when there is no basis.</summary>
    public static string Citation(LegalBasis? basis) =>
        basis is null ? "" : basis.Article.Length == 0 ? basis.Document : basis.Document + " " + basis.Article;
}
