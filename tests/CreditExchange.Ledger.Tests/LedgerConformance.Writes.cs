using CreditExchange.V1;

namespace CreditExchange.Ledger.Tests;

public abstract partial class LedgerConformance
{
    [Fact]
    public async Task Concurrent_retries_have_one_effect_and_one_answer()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(
            async () => await Ledger.AppendAsync(Drafts.Publish(Ledger.ReserveEntity(), 77)))));
        var committed = Assert.Single(results.OfType<AppendResult.Committed>()).Event;
        var seen = results.OfType<AppendResult.RequestSeen>().ToList();
        Assert.Equal(49, seen.Count);
        Assert.All(seen, retry => Assert.True(retry.SameContent));
        Assert.All(seen, retry => Assert.Equal(committed.Position, retry.First.Position));
        Assert.All(seen, retry => Assert.Equal(committed.Entity, Ledger.Open(retry.First).Position == 2 ? retry.First.Entity : 0));
        Assert.Equal(2, Ledger.Head);
        Assert.Equal(committed.Position, Ledger.FindRequest(committed.RequestKey!.Value)!.Position);
    }

    [Fact]
    public async Task A_request_id_used_for_another_content_is_told()
    {
        await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 5));
        await ReopenAsync();
        var other = Drafts.Publish(Ledger.ReserveEntity(), 5) with { ContentMac = new ContentMac(6) };
        Assert.False(Assert.IsType<AppendResult.RequestSeen>(await Ledger.AppendAsync(other)).SameContent);
    }

    [Fact]
    public async Task Of_100_concurrent_amendments_one_wins_per_revision()
    {
        var entity = Ledger.ReserveEntity();
        await CommitAsync(Drafts.Publish(entity, 1));
        for (var revision = 2L; revision <= 4; revision++)
        {
            var at = revision;
            var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(async () => await Ledger.AppendAsync(
                Drafts.Change(entity, at, EventKind.Amended, ListingState.Active, (ulong)((at * 1000) + i))))));
            Assert.Single(results.OfType<AppendResult.Committed>());
            var stale = results.OfType<AppendResult.RevisionStale>().ToList();
            Assert.Equal(99, stale.Count);
            Assert.All(stale, refused => Assert.Equal(at, refused.Actual));
        }

        Assert.Equal(5, Ledger.Head);
        Assert.True((await Ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task Concurrent_first_seals_of_an_older_entity_share_one_key()
    {
        var entity = Ledger.ReserveEntity();
        await CommitAsync(Drafts.Publish(entity, 1, personal: false));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () => await Ledger.AppendAsync(
            Drafts.Change(entity, 2 + (i % 4), EventKind.Amended, ListingState.Active, (ulong)(100 + i))))));
        await ReopenAsync();
        Assert.Null((await Ledger.VerifyAsync()).Fault);
    }

    [Fact]
    public async Task A_source_key_is_taken_among_live_entities_and_free_after_the_end()
    {
        var first = Ledger.ReserveEntity();
        await CommitAsync(Drafts.Publish(first, 1, source: 42));
        var taken = await Ledger.AppendAsync(Drafts.Publish(Ledger.ReserveEntity(), 2, source: 42));
        Assert.Equal(first, Assert.IsType<AppendResult.SourceRefTaken>(taken).Entity);
        Assert.Equal(first, Ledger.FindSource(new SourceKey(42)));

        await CommitAsync(Drafts.Change(first, 2, EventKind.Suspended, ListingState.Suspended));
        Assert.Equal(first, Ledger.FindSource(new SourceKey(42)));
        await CommitAsync(Drafts.Change(first, 3, EventKind.Withdrawn, ListingState.Withdrawn, live: false));
        Assert.Null(Ledger.FindSource(new SourceKey(42)));

        var second = Ledger.ReserveEntity();
        await CommitAsync(Drafts.Publish(second, 3, source: 42));
        Assert.Equal(second, Ledger.FindSource(new SourceKey(42)));
        Assert.True((await Ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task A_refused_item_harms_no_other_of_its_group()
    {
        var results = await Task.WhenAll(Enumerable.Range(1, 300).Select(async i => await Ledger.AppendAsync((i % 3) switch
        {
            0 => Drafts.Publish(Ledger.ReserveEntity(), (ulong)i, source: 9),
            1 => Drafts.Change(1_000_000 + i, 2, EventKind.Amended, ListingState.Active),
            _ => Drafts.Publish(Ledger.ReserveEntity(), (ulong)i),
        })));
        Assert.Equal(100, results.OfType<AppendResult.RevisionStale>().Count());
        Assert.Equal(99, results.OfType<AppendResult.SourceRefTaken>().Count());
        Assert.Equal(101, results.OfType<AppendResult.Committed>().Count());
        Assert.Equal(102, Ledger.Head);
        Assert.True((await Ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task A_group_of_5000_is_recorded_in_order()
    {
        var tasks = Enumerable.Range(1, 5000).Select(i => Ledger.AppendAsync(Drafts.Publish(Ledger.ReserveEntity(), (ulong)i, i % 2 == 0)).AsTask()).ToList();
        var results = await Task.WhenAll(tasks);
        var positions = results.Select(result => Assert.IsType<AppendResult.Committed>(result).Event.Position).ToList();
        Assert.Equal(Enumerable.Range(2, 5000).Select(i => (long)i), positions);
        Assert.True((await Ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task Recorded_at_never_goes_back_when_the_clock_does()
    {
        var first = await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 1));
        Time.Now -= TimeSpan.FromHours(3);
        var second = await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 2));
        Assert.Equal(first.RecordedAt, second.RecordedAt);
        await ReopenAsync();
        var third = await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 3));
        Assert.Equal(first.RecordedAt, third.RecordedAt);
        Time.Now += TimeSpan.FromHours(4);
        Assert.Equal(Time.Now, (await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 4))).RecordedAt);
        Assert.Equal(Time.Now, Ledger.HeadRecordedAt);
    }
}
