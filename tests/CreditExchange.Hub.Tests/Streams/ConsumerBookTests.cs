using CreditExchange.Hub.Streams.Consumers;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CreditExchange.Hub.Tests.Streams;

/// <summary>How often a consumer's row is written, and what becomes of one that another wrote.</summary>
public sealed class ConsumerBookTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private readonly FakeTime time = new(new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero));

    private ILedger Ledger => shared.Hub.Services.GetRequiredService<ILedger>();

    [Fact]
    public async Task However_many_tell_within_a_second_one_write_keeps_them_all()
    {
        var book = Book();
        var name = shared.Id("eager");
        Assert.Equal(1, (await book.TellAsync("a", name, Told(1))).Position);
        var waiting = Enumerable.Range(0, 500).Select(i => book.TellAsync("a", name, Told(i % 7, i % 5 + 1))).ToList();
        Assert.Equal(1, Version(name));
        Assert.DoesNotContain(waiting, w => w.IsCompleted);
        time.Advance(KeptConsumer.Beat);
        Assert.All(await Task.WhenAll(waiting), kept => Assert.Equal((499 % 7, 5L), (kept.Position, kept.RefusedCount)));
        Assert.Equal(2, Version(name));
        // After a pause the next is written at once.
        time.Advance(KeptConsumer.Beat);
        await book.TellAsync("a", name, Told(6));
        Assert.Equal(3, Version(name));
    }

    [Fact]
    public async Task A_row_that_another_wrote_is_read_again_and_nothing_of_it_is_lost()
    {
        var name = shared.Id("shared");
        var (one, other) = (Book(), Book());
        await one.TellAsync("a", name, Told(3, 1, 2));
        // This one knows nothing of the row yet.
        var kept = await other.TellAsync("a", name, Told(5, 2, 4));
        Assert.Equal((5L, 3L), (kept.Position, kept.RefusedCount));
        Assert.Equal([1, 2, 4], kept.Refused.Select(r => r.Position));
        Assert.Equal(5, Assert.Single(Book().Read("a"), c => c.Name == name).State!.Position);
    }

    [Fact]
    public async Task The_newest_hundred_refusals_are_kept_and_each_is_counted_once_whatever_is_sent_again()
    {
        var random = new Random(5);
        var state = ConsumerState.None;
        var seen = new HashSet<long>();
        for (var call = 0L; call < 40; call++)
        {
            // Each call tells its own thousand or a part of it, and some of the two before once more.
            var refused = Enumerable.Range(0, random.Next(1, 1_000)).Select(i => (call * 1_000) + 1 + i)
                .Concat(seen.Where(p => p > (call - 1) * 1_000 && random.Next(3) == 0)).Order().ToArray();
            var told = Told((call + 1) * 1_000, refused);
            seen.UnionWith(refused);
            // A call that is sent twice, as after a break, within one write or two.
            state = random.Next(2) == 0 ? state.With([told, told]) : state.With([told]).With([told]);
            state = ConsumerState.Parse(state.ToBytes());
            Assert.Equal(seen.Count, state.RefusedCount);
            Assert.Equal(seen.Order().TakeLast(ConsumerState.MostRefused), state.Refused.Select(r => r.Position));
        }

        // Sent again from the beginning, what is forgotten counts as told before.
        Assert.Equal(seen.Count, state.With([Told(40_000, 1, 2, 3)]).RefusedCount);
        var row = shared.Id("whole");
        Assert.True(await Ledger.Progress.WriteAsync($"consumer/a/{row}", 0, state.ToBytes()));
        Assert.Equal(seen.Count, Assert.Single(Book().Read("a"), c => c.Name == row).State!.RefusedCount);
    }

    [Fact]
    public async Task What_was_told_of_an_epoch_before_counts_up_to_the_last_position_in_common()
    {
        var name = shared.Id("restored");
        var told = new Acknowledgement("other.1", 9, [new Refusal(4, "R")], time.GetUtcNow());
        Assert.True(await Ledger.Progress.WriteAsync($"consumer/a/{name}", 0, ConsumerState.None.With([told]).ToBytes()));
        var state = Assert.Single(Book().Read("a"), c => c.Name == name).State!;
        // Nothing is in common with a ledger that nobody knows.
        Assert.Equal((Ledger.LedgerId, 0L, 0), (state.LedgerId, state.Position, state.Refused.Count));
        var five = ConsumerState.None.With([told]).UpTo(5, "other.2");
        Assert.Equal(("other.2", 5L, 4L), (five.LedgerId, five.Position, Assert.Single(five.Refused).Position));
    }

    [Fact]
    public async Task A_write_whose_outcome_nobody_knows_is_told_so_and_sent_again_counts_once()
    {
        foreach (var isWritten in (bool[])[false, true])
        {
            var (name, store) = (shared.Id("lost"), new LosingStore(Ledger.Progress) { IsWritten = isWritten });
            var consumer = new KeptConsumer("a", name, store, time, CancellationToken.None);
            await consumer.TellAsync(Told(2, 1));
            time.Advance(KeptConsumer.Beat);
            store.LosesNext = true;
            await Assert.ThrowsAsync<LedgerUnavailableException>(() => consumer.TellAsync(Told(5, 1, 3, 4)));
            Assert.Equal((2L, 1L), (consumer.State!.Position, consumer.State.RefusedCount));
            Assert.Equal(isWritten ? 2 : 1, Version(name));
            time.Advance(KeptConsumer.Beat);
            var kept = await consumer.TellAsync(Told(5, 1, 3, 4));
            Assert.Equal((5L, 3L), (kept.Position, kept.RefusedCount));
            Assert.Equal(3, Assert.Single(Book().Read("a"), c => c.Name == name).State!.RefusedCount);
        }
    }

    [Fact]
    public async Task A_stopping_hub_keeps_what_waits_at_once()
    {
        using var stop = new CancellationTokenSource();
        var consumer = new KeptConsumer("a", shared.Id("stopping"), Ledger.Progress, time, stop.Token);
        await consumer.TellAsync(Told(1));
        var waiting = consumer.TellAsync(Told(4));
        Assert.False(waiting.IsCompleted);
        await stop.CancelAsync();
        Assert.Equal(4, (await waiting).Position);
    }

    private ConsumerBook Book() => new(Ledger, time, shared.Hub.Services.GetRequiredService<IHostApplicationLifetime>());

    private long Version(string name) => Ledger.Progress.Read($"consumer/a/{name}")!.Version;

    private Acknowledgement Told(long position, params long[] refused) =>
        new(Ledger.LedgerId, position, [.. refused.Select(p => new Refusal(p, "R"))], time.GetUtcNow());

    /// <summary>The real store, which fails once, before or after it has written.</summary>
    private sealed class LosingStore(IProgressStore inner) : IProgressStore
    {
        public bool LosesNext { get; set; }

        public bool IsWritten { get; init; }

        public ProgressRow? Read(string name) => inner.Read(name);

        public IReadOnlyList<ProgressRow> ReadAll(string prefix) => inner.ReadAll(prefix);

        public async Task<bool> WriteAsync(string name, long version, ReadOnlyMemory<byte> value)
        {
            var loses = LosesNext;
            LosesNext = false;
            var written = (!loses || IsWritten) && await inner.WriteAsync(name, version, value);
            return loses ? throw new LedgerUnavailableException("lost") : written;
        }
    }
}
