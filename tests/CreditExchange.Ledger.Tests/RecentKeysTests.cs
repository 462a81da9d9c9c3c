using CreditExchange.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Ledger.Tests;

/// <summary>The conformance suite with keys that wait in memory, and what becomes of them.</summary>
public sealed class RecentKeysTests : LedgerConformance
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ledger-").FullName;
    private int _recent = 20_000;

    private protected override async Task<ILedger> OpenAsync() => await SqliteLedger.OpenAsync(
        new LedgerOptions { DataFolder = _folder, CreateWrappingKey = true, RecentKeys = _recent }, Time, NullLogger.Instance);

    protected override void Cleanup() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Who_sees_a_revision_finds_the_request_that_made_it()
    {
        const int Revisions = 1_500;
        var entity = Ledger.ReserveEntity();
        var first = Drafts.Publish(entity, 1, personal: false);
        await CommitAsync(first);
        using var over = new CancellationTokenSource();
        var missing = 0;
        var looking = Task.Run(() =>
        {
            for (var looked = 0L; !over.IsCancellationRequested;)
            {
                var seen = Ledger.Last(entity)!;
                if (seen.Revision > looked)
                {
                    looked = seen.Revision;
                    missing += Ledger.FindRequest(seen.RequestKey!.Value)?.Position == seen.Position ? 0 : 1;
                }
            }
        });
        for (ulong revision = 2; revision <= Revisions; revision++)
        {
            await CommitAsync(Drafts.Change(entity, (long)revision, EventKind.Amended, ListingState.Active, revision, personal: false));
        }

        await over.CancelAsync();
        await looking;
        Assert.Equal(0, missing);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(30, 2)]
    [InlineData(200, 3)]
    [InlineData(20_000, 4)]
    public async Task Keys_are_found_wherever_they_are_and_after_every_restart(int recent, int seed)
    {
        _recent = recent;
        await ReopenAsync();
        var random = new Random(seed);
        Dictionary<ulong, long> requests = [];
        Dictionary<UInt128, long> owners = [];
        List<(long Entity, UInt128 Source)> live = [];
        for (ulong request = 1; request <= 600; request++)
        {
            if (live.Count > 5 && random.Next(3) == 0)
            {
                var at = random.Next(live.Count);
                var (entity, freed) = live[at];
                live.RemoveAt(at);
                owners.Remove(freed);
                requests[request] = (await CommitAsync(
                    Drafts.Change(entity, 2, EventKind.Ended, ListingState.Ended, request, live: false))).Position;
            }
            else
            {
                // Few of them, spread over the buckets, so that a freed one is soon taken again.
                var source = new UInt128((ulong)random.Next(64) * 0x0400000000000000, 7);
                var entity = Ledger.ReserveEntity();
                var result = await Ledger.AppendAsync(Drafts.Publish(entity, request, source: source));
                if (owners.TryGetValue(source, out var owner))
                {
                    Assert.Equal(owner, Assert.IsType<AppendResult.SourceRefTaken>(result).Entity);
                    continue;
                }

                requests[request] = Assert.IsType<AppendResult.Committed>(result).Event.Position;
                owners[source] = entity;
                live.Add((entity, source));
            }

            if (random.Next(40) == 0)
            {
                await ReopenAsync();
            }
        }

        for (var source = 0UL; source < 64; source++)
        {
            var key = new UInt128(source * 0x0400000000000000, 7);
            Assert.Equal(owners.TryGetValue(key, out var owner) ? owner : null, Ledger.FindSource(new SourceKey(key)));
        }

        foreach (var (request, position) in requests)
        {
            Assert.Equal(position, Ledger.FindRequest(Drafts.Publish(1, request).RequestKey!.Value)?.Position);
        }

        Assert.True((await Ledger.VerifyAsync()).IsSound);
    }
}
