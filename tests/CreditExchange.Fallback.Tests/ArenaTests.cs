using Pipelines.Sockets.Unofficial.Arenas;

namespace CreditExchange.Fallback.Tests;

public class ArenaTests
{
    [Fact]
    public void Sequences_behave_like_arrays_however_they_fall_over_blocks()
    {
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            using var arena = new Arena<string>(new ArenaOptions(blockSizeBytes: 8 * random.Next(1, 64)));
            for (int reset = 0; reset < 3; reset++)
            {
                var all = new List<(Sequence<string> Sequence, string[] Expected)>();
                for (int i = random.Next(1, 12); i > 0; i--)
                {
                    int length = random.Next(4) switch { 0 => 0, 1 => random.Next(1, 4), 2 => random.Next(1, 100), _ => random.Next(1, 2000) };
                    var sequence = arena.Allocate(length);
                    var expected = Enumerable.Range(0, length).Select(n => $"{round}/{reset}/{i}/{n}").ToArray();
                    Fill(sequence, expected, random.Next(3));
                    all.Add((sequence, expected));
                }
                foreach (var (sequence, expected) in all) Check(sequence, expected);
                arena.Reset();
            }
        }
    }

    private static void Fill(Sequence<string> sequence, string[] values, int how)
    {
        switch (how)
        {
            case 0:
                for (int i = 0; i < values.Length; i++) sequence[i] = values[i];
                break;
            case 1:
                var walk = sequence.GetEnumerator();
                foreach (var value in values) walk.GetNext() = value;
                Assert.False(walk.MoveNext());
                break;
            default:
                int n = 0;
                foreach (var span in sequence.Spans)
                {
                    Assert.False(span.IsEmpty);
                    for (int i = 0; i < span.Length; i++) span[i] = values[n++];
                }
                break;
        }
    }

    private static void Check(Sequence<string> sequence, string[] expected)
    {
        Assert.Equal(expected.Length, sequence.Length);
        Assert.Equal(expected.Length == 0, sequence.IsEmpty);

        var untyped = sequence.Untyped();
        Assert.Equal(expected.Length, untyped.Length);
        sequence = untyped.Cast<string>();
        if (expected.Length > 0) Assert.Throws<InvalidCastException>(() => untyped.Cast<object>());

        var walked = new List<string>();
        foreach (ref readonly string item in sequence) walked.Add(item);
        Assert.Equal(expected, walked);

        var spanned = new List<string>();
        int spans = 0;
        foreach (var span in sequence.Spans)
        {
            if (spans++ == 0) Assert.True(span == sequence.FirstSpan);
            spanned.AddRange(span);
        }
        Assert.Equal(expected, spanned);
        Assert.Equal(spans <= 1, sequence.IsSingleSegment);
        Assert.Equal(sequence.IsSingleSegment, sequence.FirstSpan.Length == expected.Length);

        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], sequence[i]);
        Assert.Throws<IndexOutOfRangeException>(() => sequence[expected.Length]);
        Assert.Throws<IndexOutOfRangeException>(() => sequence[-1]);

        Assert.Equal(expected, sequence.ToArray((in string x) => x));
        Assert.Equal(expected.Select(x => x + "!"), sequence.ToArray((in string x, in string y) => x + y, "!"));
        var target = new string[expected.Length + 1];
        sequence.CopyTo(target, (in string x) => x);
        Assert.Equal(expected, target[..^1]);
        if (expected.Length > 0) Assert.Throws<ArgumentException>(() => sequence.CopyTo(target.AsSpan(0, expected.Length - 1), (in string x) => x));
    }

    [Fact]
    public void A_long_array_falls_over_blocks_and_few_of_them()
    {
        using var arena = new Arena<long>();
        var sequence = arena.Allocate(1_000_000);
        int spans = 0;
        foreach (var _ in sequence.Spans) spans++;
        Assert.False(sequence.IsSingleSegment);
        Assert.InRange(spans, 2, 30);
        sequence[999_999] = 7;
        Assert.Equal(7, sequence[999_999]);
    }

    [Fact]
    public void Reset_drops_what_was_allocated()
    {
        var arena = new Arena<object>();
        var weak = Use(arena);
        arena.Reset();
        GC.Collect();
        Assert.All(weak, w => Assert.False(w.IsAlive));
        GC.KeepAlive(arena);

        static WeakReference[] Use(Arena<object> arena)
        {
            var sequence = arena.Allocate(600);
            for (int i = 0; i < 600; i++) sequence[i] = new object();
            return sequence.ToArray((in object o) => new WeakReference(o));
        }
    }

    [Fact]
    public void Default_sequences_are_empty()
    {
        Check(default, []);
        Check(default(Sequence).Cast<string>(), []);
    }
}
