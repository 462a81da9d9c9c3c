using CreditExchange.Domain.Subjects;
using CreditExchange.Lookup.Edge;

namespace CreditExchange.Hub.Tests.Edge;

/// <summary>The filter and the newest changes, by themselves.</summary>
public sealed class EdgePartTests
{
    [Fact]
    public void A_filter_forgets_nobody_and_rarely_takes_one_for_another()
    {
        var random = new Random(4);
        var filter = new SubjectFilter(100_000);
        var added = Enumerable.Range(0, 150_000).Select(_ => Key(random)).ToArray();
        foreach (var key in added)
        {
            filter.Add(key);
        }

        Assert.All(added, key => Assert.True(filter.MayContain(key)));
        var wrong = Enumerable.Range(0, 100_000).Count(_ => filter.MayContain(Key(random)));
        Assert.InRange(wrong, 1, 1_000);
        Assert.True(filter.Bytes < 150_000 * 2);
        Assert.False(filter.IsFull);
        for (var i = 0; i < 5_000; i++)
        {
            filter.Add(Key(random));
        }

        Assert.True(filter.IsFull);
    }

    [Fact]
    public void Adding_a_subject_again_fills_no_filter()
    {
        var filter = new SubjectFilter(0);
        var key = Key(new Random(1));
        for (var i = 0; i < 100_000; i++)
        {
            filter.Add(key);
        }

        Assert.False(filter.IsFull);
    }

    [Fact]
    public void A_change_that_was_forgotten_counts_as_everybodys()
    {
        var random = new Random(9);
        var recent = new RecentChanges(100, most: 50);
        var last = new Dictionary<SubjectKey, long>();
        var keys = Enumerable.Range(0, 200).Select(_ => Key(random)).ToArray();
        Assert.Equal(100, recent.LastChange(keys[0]));
        for (long position = 101; position < 2_000; position++)
        {
            var key = keys[random.Next(keys.Length)];
            recent.Changed(key, position);
            last[key] = position;
            var asked = keys[random.Next(keys.Length)];
            // Never earlier than it was; later only by what no longer is told apart.
            Assert.InRange(recent.LastChange(asked), last.GetValueOrDefault(asked, 100), position);
            Assert.Equal(position, recent.LastChange(key));
            Assert.True(recent.LastChange(Key(random)) <= Math.Max(100, position - 50));
        }
    }

    private static SubjectKey Key(Random random) => new(
        1, (ulong)random.NextInt64(long.MinValue, long.MaxValue), (ulong)random.NextInt64(long.MinValue, long.MaxValue));
}
