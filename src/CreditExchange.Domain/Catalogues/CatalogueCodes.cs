using CreditExchange.V1;

namespace CreditExchange.Domain.Catalogues;

/// <summary>The codes that rows may name.</summary>
internal sealed class CatalogueCodes(Catalogue catalogue)
{
    public HashSet<string> Lists { get; } = [.. catalogue.ListKinds.Select(r => r.Code)];

    public HashSet<string> Measures { get; } = [.. catalogue.Measures.Select(r => r.Code)];

    public HashSet<string> Roles { get; } = [.. catalogue.Roles.Select(r => r.Code)];

    public HashSet<string> ListsAndMatters { get; } =
        [.. catalogue.ListKinds.Select(r => r.Code), .. catalogue.Matters.Select(r => r.Code)];
}
