using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.Streaming.Audiences;
using CreditExchange.V1;

namespace CreditExchange.Hub.FirstStart;

/// <summary>
/// What the first start puts into an empty ledger, each through the same door as everything else: the shipped catalogue and
/// the three offices that let others in (operator, security, auditor); in Development also the demonstration agencies and a
/// small generated data set, and where Kafka is used the agency that receives its first audience's stream.
/// </summary>
public sealed class FirstContent(
    HubWriter writer, ListingWriter listings, LookupView view, RightsView rights, KafkaOptions kafka, TimeProvider time,
    ILogger<FirstContent> logger)
{
    private const int Seed = 2021;

    /// <summary>Puts in what is missing. The views must be following.</summary>
    /// <param name="isDevelopment">With the demonstration agencies.</param>
    /// <param name="sampleListings">Listings to generate when the ledger is new.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task FillAsync(bool isDevelopment, int sampleListings, CancellationToken cancellation)
    {
        if (!view.HasCatalogue)
        {
            var shipped = new CatalogueIndex(CatalogueFiles.Shipped());
            var stored = await writer.ActivateCatalogueAsync(shipped, HubWriter.Hub, "shipped", cancellation);
            await ReachAsync(stored.Position, cancellation);
            Traps.Reach("first.after-catalogue");
        }

        var isNew = false;
        foreach (var agency in DemonstrationAgencies.All().Where(a => isDevelopment || IsOffice(a)))
        {
            isNew |= await PutAsync(agency, cancellation);
        }

        if (isNew && isDevelopment && sampleListings > 0)
        {
            await PublishSampleAsync(sampleListings, cancellation);
        }

        // Last, and it begins nothing anew: positions are those of a hub without Kafka.
        if (isDevelopment && kafka.IsUsed)
        {
            await PutAsync(DemonstrationAgencies.Platform(), cancellation);
        }
    }

    private async Task<bool> PutAsync(Agency agency, CancellationToken cancellation)
    {
        if (rights.Find(agency.AgencyId) is not null)
        {
            return false;
        }

        var stored = await writer.PutAgencyAsync(
            agency, 0, "first start", HubWriter.Hub, "PutAgency", $"first-start-{agency.AgencyId}", cancellation);
        await ReachAsync(stored.Position, cancellation);
        Traps.Reach("first.after-agency");
        return true;
    }

    private static bool IsOffice(Agency agency) =>
        agency.Kind is AgencyKind.Operator or AgencyKind.Security or AgencyKind.Auditor;

    private async Task PublishSampleAsync(int count, CancellationToken cancellation)
    {
        var today = LegalDay.Of(time.GetUtcNow());
        var published = SampleListings.Generate(Seed, count, today).Select(sample => listings.PublishAsync(
            rights.Find(sample.Publisher)!, "PublishListing", $"demonstration-{sample.Listing.SourceRef}", sample.Listing, cancellation).AsTask());
        var last = (await Task.WhenAll(published)).Max(written => written.Event.Position);
        await ReachAsync(last, cancellation);
        FirstContentLog.Filled(logger, count);
    }

    private async Task ReachAsync(long position, CancellationToken cancellation)
    {
        if (!await view.WaitForAsync(position, TimeSpan.FromSeconds(30), time, cancellation))
        {
            throw new InvalidOperationException($"The views did not reach position {position} within 30 seconds.");
        }
    }
}

internal static partial class FirstContentLog
{
    [LoggerMessage(1002, LogLevel.Information, "Published {Count} generated listings for demonstration.", EventName = "SampleFilled")]
    public static partial void Filled(ILogger logger, int count);
}
