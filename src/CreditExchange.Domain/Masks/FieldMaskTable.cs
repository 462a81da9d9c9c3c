using System.Collections.Concurrent;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Masks;

/// <summary>
/// The one field mask: what a recipient sees of a listing, by kind of recipient, list, state and whether it is published. Every door asks here. Safe
/// for many threads; one per catalogue.
/// </summary>
/// <param name="catalogue">The catalogue in force.</param>
/// <param name="shares">Whether an agreement in force lets a partner's hub see a list of an origin: (agency, region, list code); null: none does.</param>
public sealed class FieldMaskTable(CatalogueIndex catalogue, Func<string, string, string, bool>? shares = null)
{
    private readonly List<(MaskRow Row, MaskPlan? Plan, MaskPlan? Published)> rows =
        [.. catalogue.Catalogue.Masks.Select(row => (row, MaskPlan.Compile(row.Fields), MaskPlan.Compile(row.Fields.Concat(row.FieldsWhilePublished))))];

    private readonly ConcurrentDictionary<(RecipientKind, string, ListingState, bool, bool), MaskPlan?> plans = new();

    /// <summary>What the viewer may see of a listing in its state, as a new message; null when nothing.</summary>
    /// <param name="whole">The listing with its personal part; left alone. Shown parts may be shared with it.</param>
    /// <param name="viewer">Who looks; the listing's publisher is treated as PUBLISHER.</param>
    /// <param name="token">Makes the viewer's token of a subject, where the mask gives that instead of the id.</param>
    public Listing? Apply(Listing whole, Viewer viewer, Func<SubjectId, SubjectToken> token)
    {
        var plan = Plan(whole, viewer);
        if (plan is null)
        {
            return null;
        }

        var seen = plan.Copy(whole);
        if (plan.GivesToken && whole.Subject is not null)
        {
            seen.SubjectToken = token(whole.Subject);
        }

        return seen;
    }

    /// <summary>What a kind of recipient sees: the fields by their proto names, with dots where only a part is seen; empty: nothing.</summary>
    /// <param name="recipient">As what it receives content.</param>
    /// <param name="listCode">The list.</param>
    /// <param name="state">The state of the listing.</param>
    /// <param name="organisation">Whether its subject is an organisation.</param>
    /// <param name="published">Whether it is published.</param>
    public IReadOnlyList<string> FieldsSeen(RecipientKind recipient, string listCode, ListingState state, bool organisation, bool published) =>
        Find((recipient, listCode, state, organisation, published))?.FieldsSeen() ?? [];

    internal MaskPlan? Plan(Listing whole, Viewer viewer)
    {
        var origin = whole.Origin;
        var recipient = origin is not null && origin.Agency == viewer.AgencyId && origin.Agency.Length > 0
            ? RecipientKind.Publisher
            : viewer.Recipient;
        // Another province sees what an agreement with it covers, and never what came from a third.
        if (recipient == RecipientKind.Partner
            && (origin is null || origin.Agreement.Length > 0 || shares?.Invoke(viewer.AgencyId, origin.Region, whole.ListCode) != true))
        {
            return null;
        }

        // Without the personal part nobody knows whether it is about a person: taken for one.
        var organisation = whole.Subject is not null && !SubjectIds.IsNaturalPerson(whole.Subject.Kind);
        var key = (recipient, whole.ListCode, whole.State, organisation, whole.Effects?.Publication?.On ?? false);

        // Unknown lists get no entry of their own, so that the table stays as small as the catalogue.
        return plans.TryGetValue(key, out var plan)
            ? plan
            : catalogue.KnowsList(whole.ListCode) ? plans.GetOrAdd(key, Find) : Find(key);
    }

    private MaskPlan? Find((RecipientKind Recipient, string List, ListingState State, bool Organisation, bool Published) key)
    {
        foreach (var (row, plan, published) in rows)
        {
            if (row.Recipient == key.Recipient
                && row.States.Contains(key.State)
                && (!row.OrganisationsOnly || key.Organisation)
                && (row.ListCodes.Contains("*") || row.ListCodes.Contains(key.List)))
            {
                return key.Published ? published : plan;
            }
        }

        return null;
    }
}
