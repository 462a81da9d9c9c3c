using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Updates;

public sealed class SnapshotTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private static readonly string[] Lists = ["court.dishonest-judgment-debtor", "tax.a-grade", "market.serious-violation"];

    internal sealed record Snapshot(SnapshotHeader Header, List<SnapshotRow> Rows, List<string> Tokens);

    [Fact]
    public async Task A_snapshot_and_what_follows_it_are_the_live_state_through_random_operations()
    {
        var random = new Random(5);
        var live = new Dictionary<string, Listing>();
        var client = shared.Hub.Updates("hainan-high-court");
        await RunAsync(40);
        var snapshot = await ReadAsync(client, new ReadSnapshotRequest());
        var followed = snapshot.Rows.ToDictionary(r => r.Listing.ListingId, r => r.Listing.Revision);
        Assert.Equal(live.ToDictionary(l => l.Key, l => l.Value.Revision), followed);
        CheckDigest(snapshot);

        var head = await RunAsync(60);
        var seen = await SharedHub.WatchAsync(
            client, new WatchUpdatesRequest { FromPosition = snapshot.Header.Position + 1, LedgerId = snapshot.Header.LedgerId },
            m => m.Progress?.Position >= head);
        foreach (var e in seen.Where(m => m.Event is not null).Select(m => m.Event))
        {
            // What ended meanwhile comes redacted up to its end, which names it.
            if (e.Listing is { } listing && (followed.GetValueOrDefault(listing.ListingId) < listing.Revision))
            {
                followed[listing.ListingId] = listing.Revision;
                if (listing.State is ListingState.Ended or ListingState.Withdrawn or ListingState.Repaired or ListingState.Expired)
                {
                    followed.Remove(listing.ListingId);
                }
            }
        }

        Assert.Equal(live.ToDictionary(l => l.Key, l => l.Value.Revision).OrderBy(p => p.Key), followed.OrderBy(p => p.Key));

        // The past doesn't change: the same snapshot again, after all these changes.
        var again = await ReadAsync(client, new ReadSnapshotRequest { SnapshotId = snapshot.Header.SnapshotId });
        Assert.Equal(snapshot.Header, again.Header);
        Assert.Equal(snapshot.Rows.Select(r => r.Commitment), again.Rows.Select(r => r.Commitment));
        CheckDigest(again);

        async Task<long> RunAsync(int operations)
        {
            long last = 0;
            for (var i = 0; i < operations; i++)
            {
                Listing after;
                if (live.Count == 0 || random.Next(2) == 0)
                {
                    after = await shared.PublishAsync(Lists[random.Next(Lists.Length)], shared.Company());
                }
                else
                {
                    var listing = live.Values.ElementAt(random.Next(live.Count));
                    var registry = shared.Registry(listing.ListCode);
                    after = random.Next(3) switch
                    {
                        0 => (await registry.WithdrawListingAsync(new WithdrawListingRequest
                        {
                            RequestId = shared.Id(),
                            ListingId = listing.ListingId,
                            ExpectedRevision = listing.Revision,
                            Reason = "有误",
                        })).Listing,
                        1 when listing.State == ListingState.Active => (await registry.SuspendListingAsync(new SuspendListingRequest
                        {
                            RequestId = shared.Id(),
                            ListingId = listing.ListingId,
                            ExpectedRevision = listing.Revision,
                            Reason = "中止",
                        })).Listing,
                        _ => (await registry.AmendListingAsync(new AmendListingRequest
                        {
                            RequestId = shared.Id(),
                            ListingId = listing.ListingId,
                            ExpectedRevision = listing.Revision,
                            Reason = "更正",
                            Listing = new Listing { Reason = $"事由{i}" },
                            UpdateMask = new FieldMask { Paths = { "reason" } },
                        })).Listing,
                    };
                }

                last = after.Position;
                live[after.ListingId] = after;
                if (after.State == ListingState.Withdrawn)
                {
                    live.Remove(after.ListingId);
                }
            }

            await shared.CheckAsync("hainan-approval", "approval.notification-commitment", shared.Company(), last);
            return last;
        }
    }

    [Fact]
    public async Task A_snapshot_of_many_pages_is_resumed_in_the_middle()
    {
        using (var import = shared.Hub.Registry("haikou-customs").ImportListings())
        {
            for (var i = 0; i < 1_200; i++)
            {
                await import.RequestStream.WriteAsync(new ImportListingsRequest
                {
                    RequestId = $"bulk-{i}",
                    Listing = TestListings.Create("customs.dutyfree-ban", shared.Person(), $"bulk-{i}"),
                });
            }

            await import.RequestStream.CompleteAsync();
            long last = 0;
            while (await import.ResponseStream.MoveNext(CancellationToken.None))
            {
                Assert.Null(import.ResponseStream.Current.Error);
                last = Math.Max(last, import.ResponseStream.Current.Position);
            }

            await shared.CheckAsync("haikou-customs", "dutyfree.offshore-purchase", shared.Company(), last);
        }

        var client = shared.Hub.Updates("operator");
        var filter = new ReadSnapshotRequest { ListCodes = { "customs.dutyfree-ban" }, Regions = { "4601" } };
        var whole = await ReadAsync(client, filter);
        Assert.Equal(1_200, whole.Rows.Count);
        CheckDigest(whole);
        Assert.True(whole.Tokens.Count >= 3);
        Assert.All(whole.Rows, r => Assert.True(r.Listing.Subject is null && r.Listing.SubjectToken is not null && r.Listing.SubjectName.Length == 0));
        Assert.Equal(1_200, whole.Rows.Select(r => r.Listing.ListingId).Distinct().Count());

        // Changes in between don't disturb what is read.
        await shared.PublishAsync("customs.dutyfree-ban", shared.Person());
        filter.SnapshotId = whole.Header.SnapshotId;
        filter.ResumeToken = whole.Tokens[0];
        var rest = await ReadAsync(client, filter);
        Assert.Equal(whole.Header, rest.Header);
        Assert.Equal(whole.Rows.Skip(1_200 - rest.Rows.Count).Select(r => r.Listing.ListingId), rest.Rows.Select(r => r.Listing.ListingId));
        Assert.InRange(rest.Rows.Count, 1, 1_199);

        // A token is good for its own caller, filter and snapshot.
        var newer = await ReadAsync(client, new ReadSnapshotRequest { ListCodes = { filter.ListCodes }, Regions = { filter.Regions } });
        Assert.NotEqual(whole.Header.Position, newer.Header.Position);
        var wider = filter.Clone();
        wider.Regions.Clear();
        var later = filter.Clone();
        later.SnapshotId = newer.Header.SnapshotId;
        var nameless = filter.Clone();
        nameless.SnapshotId = "";
        await RefusedAsync(shared.Hub.Updates("hainan-high-court"), filter);
        await RefusedAsync(client, wider);
        await RefusedAsync(client, later);
        await RefusedAsync(client, nameless);

        static async Task RefusedAsync(ListUpdateService.ListUpdateServiceClient of, ReadSnapshotRequest request)
        {
            var failure = await RpcFailure.OfAsync(() => ReadAsync(of, request));
            Assert.Equal(("PAGE_TOKEN_INVALID", "resume_token"), (failure.Reason, failure.Field));
        }
    }

    [Theory]
    [InlineData("nonsense", "", "PAGE_TOKEN_INVALID", "snapshot_id")]
    [InlineData("@5", "", "PAGE_TOKEN_INVALID", "snapshot_id")]
    [InlineData("another.1@5", "", "LEDGER_DIVERGED", "snapshot_id")]
    [InlineData("", "nonsense", "PAGE_TOKEN_INVALID", "resume_token")]
    [InlineData("", "5-x", "PAGE_TOKEN_INVALID", "resume_token")]
    [InlineData("", "1-1", "PAGE_TOKEN_INVALID", "resume_token")]
    public async Task A_snapshot_that_is_not_ours_is_refused(string snapshotId, string token, string reason, string field)
    {
        var failure = await RpcFailure.OfAsync(() => ReadAsync(
            shared.Hub.Updates("operator"), new ReadSnapshotRequest { SnapshotId = snapshotId, ResumeToken = token }));
        Assert.Equal((reason, field), (failure.Reason, failure.Field));
    }

    internal static async Task<Snapshot> ReadAsync(ListUpdateService.ListUpdateServiceClient client, ReadSnapshotRequest request)
    {
        using var call = client.ReadSnapshot(request);
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var header = call.ResponseStream.Current.Header;
        Assert.NotNull(header);
        var rows = new List<SnapshotRow>();
        var tokens = new List<string>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            rows.AddRange(call.ResponseStream.Current.Chunk.Rows);
            tokens.Add(call.ResponseStream.Current.Chunk.ResumeToken);
        }

        return new Snapshot(header, rows, tokens);
    }

    // As update_service.proto tells it: of each row in order the listing's id, its revision in 8 bytes big-endian, the commitment.
    private static void CheckDigest(Snapshot snapshot)
    {
        Assert.Equal(snapshot.Header.Count, snapshot.Rows.Count);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var revision = new byte[8];
        foreach (var row in snapshot.Rows)
        {
            digest.AppendData(Encoding.UTF8.GetBytes(row.Listing.ListingId));
            BinaryPrimitives.WriteInt64BigEndian(revision, row.Listing.Revision);
            digest.AppendData(revision);
            digest.AppendData(row.Commitment.Span);
        }

        Assert.Equal(ByteString.CopyFrom(digest.GetHashAndReset()), snapshot.Header.Digest);
    }
}
