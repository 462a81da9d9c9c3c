using System.Buffers.Binary;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Views;

/// <summary>A start from the lookup view's image answers as one from the ledger does.</summary>
public sealed class ViewImageTests : IDisposable
{
    private const string Court = "hainan-high-court";
    private readonly string data = Directory.CreateTempSubdirectory("hub-image-").FullName;

    private string Image => Path.Combine(data, "view.image");

    // A server in this process removes its folder itself.
    public void Dispose()
    {
        if (Directory.Exists(data))
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task A_killed_hub_starts_from_its_image_and_catches_up_with_the_ledger()
    {
        var listings = new List<Listing>();
        await using (var hub = await HubProcess.StartAsync(data))
        {
            for (var i = 0; i < 4; i++)
            {
                listings.Add(await PublishAsync(hub.Registry(Court), i));
            }

            await hub.StopAsync();
        }

        Assert.True(File.Exists(Image));
        await using (var hub = await HubProcess.StartAsync(data))
        {
            Assert.Contains(hub.Output, l => l.Contains("image is of position", StringComparison.Ordinal));
            await AssertVerdictsAsync(hub.Lookup("hainan-approval"), Verdict.Restricted, Verdict.Restricted, Verdict.Restricted, Verdict.Restricted, Verdict.Clear);
            await WithdrawAsync(hub.Registry(Court), listings[1], 1);
            await PublishAsync(hub.Registry(Court), 4);
            await hub.KillAsync();
        }

        await using (var hub = await HubProcess.StartAsync(data))
        {
            Assert.Contains(hub.Output, l => l.Contains("image is of position", StringComparison.Ordinal));
            await AssertVerdictsAsync(hub.Lookup("hainan-approval"), Verdict.Restricted, Verdict.Clear, Verdict.Restricted, Verdict.Restricted, Verdict.Restricted);
        }
    }

    [Theory]
    [InlineData("a flipped bit")]
    [InlineData("cut off")]
    [InlineData("empty")]
    [InlineData("of another ledger")]
    [InlineData("a folder")]
    public async Task An_image_that_does_not_fit_is_passed_over(string fault)
    {
        var hub = await HubServer.StartAsync(data);
        await PublishAsync(hub.Registry(Court), 0);
        await hub.StopAsync();
        var bytes = await File.ReadAllBytesAsync(Image);
        switch (fault)
        {
            case "a flipped bit":
                bytes[bytes.Length / 3] ^= 4;
                await File.WriteAllBytesAsync(Image, bytes);
                break;
            case "cut off":
                await File.WriteAllBytesAsync(Image, bytes[..(bytes.Length / 2)]);
                break;
            case "empty":
                await File.WriteAllBytesAsync(Image, []);
                break;
            case "of another ledger":
                await using (var other = await HubServer.StartAsync())
                {
                    await PublishAsync(other.Registry(Court), 1);
                    await other.StopAsync();
                    File.Copy(Path.Combine(other.Data, "view.image"), Image, overwrite: true);
                }

                break;
            default:
                File.Delete(Image);
                Directory.CreateDirectory(Image);
                break;
        }

        await using var again = await HubServer.StartAsync(data);
        if (fault != "a folder")
        {
            Assert.Contains(again.Warnings, w => w.Contains("image is passed over", StringComparison.Ordinal));
        }

        await AssertVerdictsAsync(again.Lookup("hainan-approval"), Verdict.Restricted, Verdict.Clear);
        await again.StopAsync();
    }

    [Fact]
    public async Task An_image_is_readable_by_the_hub_alone_and_forgets_an_erased_subject()
    {
        var time = FakeTime.OfWallClock(TimeProvider.System.GetUtcNow());
        var hub = await HubServer.StartAsync(data, time);
        var listing = await PublishAsync(hub.Registry(Court), 0);
        var print = PrintOf(hub, listing.Subject);
        await WithdrawAsync(hub.Registry(Court), listing, 1);
        await hub.StopAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(Image).UnixFileMode);
        Assert.True((await File.ReadAllBytesAsync(Image)).AsSpan().IndexOf(print) > 0);

        time.Now += TimeSpan.FromDays(366 * 40);
        hub = await HubServer.StartAsync(data, time);
        await new MaintenanceService.MaintenanceServiceClient(hub.As(Court)).EraseListingAsync(
            new EraseListingRequest { RequestId = "e", ListingId = listing.ListingId, ExpectedRevision = 2, Reason = "期满" });
        await hub.StopAsync();
        Assert.Equal(-1, (await File.ReadAllBytesAsync(Image)).AsSpan().IndexOf(print));
    }

    private static byte[] PrintOf(HubServer hub, SubjectId subject)
    {
        var ledger = hub.Services.GetRequiredService<ILedger>();
        var normal = SubjectIds.Normalise(subject, "subject", LegalDay.Of(TimeProvider.System.GetUtcNow()));
        var print = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(print, ledger.Keys.Subject.Compute(normal).High);
        return print;
    }

    private static async Task<Listing> PublishAsync(RegistryService.RegistryServiceClient court, int number)
    {
        var listing = TestListings.Create("court.dishonest-judgment-debtor", TestListings.Person(700 + number), $"I-{number}");
        return (await court.PublishListingAsync(new PublishListingRequest { RequestId = $"i-{number}", Listing = listing })).Listing;
    }

    private static async Task WithdrawAsync(RegistryService.RegistryServiceClient court, Listing listing, int number) =>
        await court.WithdrawListingAsync(new WithdrawListingRequest
        {
            RequestId = $"w-{number}",
            ListingId = listing.ListingId,
            ExpectedRevision = 1,
            Reason = "有误",
            Document = listing.Document,
        });

    // One verdict for each subject from the first.
    private static async Task AssertVerdictsAsync(LookupService.LookupServiceClient lookup, params Verdict[] expected)
    {
        var actual = new List<Verdict>();
        for (var i = 0; i < expected.Length; i++)
        {
            actual.Add((await lookup.CheckSubjectAsync(new CheckSubjectRequest
            {
                Subject = TestListings.Person(700 + i),
                Matter = "approval.notification-commitment",
                Purpose = "p",
            })).Verdict);
        }

        Assert.Equal(expected, actual);
    }
}
