using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Recognition;

/// <summary>Agreements between Hainan, Guangdong and Guangxi for trying out, without ledgers and keys: those are the running hubs'.</summary>
public static class DemonstrationAgreements
{
    /// <summary>Their ids.</summary>
    public static readonly IReadOnlyList<string> Ids = ["GD-GX-2026-01", "GD-HI-2026-01", "GX-HI-2026-01"];

    /// <summary>The terms, a new message each time.</summary>
    /// <param name="id">One of <see cref="Ids"/>.</param>
    /// <param name="parties">The hubs as they describe themselves; each takes the place of the party of its region.</param>
    public static AgreementTerms Terms(string id, params ReadOnlySpan<AgreementParty> parties)
    {
        using var stream = typeof(DemonstrationAgreements).Assembly.GetManifestResourceStream($"agreements/{id}.json")
            ?? throw new ArgumentException($"There is no demonstration agreement '{id}'.", nameof(id));
        using var reader = new StreamReader(stream);
        var terms = JsonParser.Default.Parse<AgreementTerms>(reader.ReadToEnd());
        foreach (var party in parties)
        {
            Put(terms, party);
        }

        return terms;
    }

    /// <summary>Puts a hub as it describes itself in the place of the party of its region; does nothing where there is none.</summary>
    public static void Put(AgreementTerms terms, AgreementParty party)
    {
        for (var i = 0; i < terms.Parties.Count; i++)
        {
            if (terms.Parties[i].Region == party.Region)
            {
                terms.Parties[i] = party.Clone();
            }
        }
    }
}
