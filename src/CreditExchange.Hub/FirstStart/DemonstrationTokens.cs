using CreditExchange.Domain.Agencies;
using CreditExchange.Hub.Access;

namespace CreditExchange.Hub.FirstStart;

/// <summary>Ready tokens for the demonstration agencies, Development only.</summary>
public static class DemonstrationTokens
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>Writes tokens/AGENCY.jwt, mode 0600, into the data folder.</summary>
    /// <param name="dataFolder">The data folder.</param>
    /// <param name="issuer">Issues them.</param>
    /// <param name="hasStreams">Whether Kafka is used: then the agency `platform` has one too.</param>
    public static void Write(string dataFolder, TokenIssuer issuer, bool hasStreams)
    {
        var folder = Path.Combine(dataFolder, "tokens");
        Directory.CreateDirectory(folder);
        foreach (var agency in hasStreams ? [.. DemonstrationAgencies.All(), DemonstrationAgencies.Platform()] : DemonstrationAgencies.All())
        {
            var (token, _) = issuer.Issue(agency.AgencyId, agency.Region, [], Lifetime);
            PrivateFile.Write(Path.Combine(folder, $"{agency.AgencyId}.jwt"), token);
        }
    }
}
