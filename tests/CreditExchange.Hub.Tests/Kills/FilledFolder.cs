using CreditExchange.Hub.Tests.Faults;
using CreditExchange.Hub.Tests.Keys;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.Kills;

/// <summary>A data folder with content, made once and copied for every kill: listings, and one that may be erased by now.</summary>
public sealed class FilledFolder : IAsyncLifetime
{
    private const int Listed = 60;
    private readonly string folder = Directory.CreateTempSubdirectory("hub-filled-").FullName;

    /// <summary>Subjects that are listed.</summary>
    public IReadOnlyList<SubjectId> Restricted { get; private set; } = [];

    /// <summary>The listing that may be erased: withdrawn longer ago than its retention.</summary>
    public Listing Erasable { get; private set; } = new();

    public async Task InitializeAsync()
    {
        // Four years ago: a withdrawn listing of the courts is kept for three.
        var hub = await HubServer.StartAsync(folder, FakeTime.OfWallClock(TimeProvider.System.GetUtcNow().AddYears(-4)));
        var listing = TestListings.Create(Writes.CourtList, TestListings.Person(4_711), "old", decidedOn: "2021-06-02");
        listing.SubjectName = "样例丁";
        listing.ConductOn = "2021-03-01";
        listing.Notice.ServedOn = "2021-06-05";
        var court = hub.Registry(Writes.Court);
        var published = await court.PublishListingAsync(new PublishListingRequest { RequestId = "old", Listing = listing });
        Erasable = (await court.WithdrawListingAsync(new WithdrawListingRequest
        {
            RequestId = "old-withdrawn",
            ListingId = published.Listing.ListingId,
            ExpectedRevision = 1,
            Reason = "有误",
            Document = listing.Document,
        })).Listing;
        await hub.StopAsync();

        // Killed, so that every copy's start finds what a killed hub leaves.
        await using var process = await HubProcess.StartAsync(folder);
        Restricted = await RotationLoad.PublishAsync(process, "filled", Listed);
        await process.KillAsync();
    }

    /// <summary>A copy.</summary>
    public void CopyTo(string target)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }
}
