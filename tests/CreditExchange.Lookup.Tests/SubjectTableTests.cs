using CreditExchange.Domain.Subjects;
using CreditExchange.Lookup.Effects;
using CreditExchange.Lookup.Index;

namespace CreditExchange.Lookup.Tests;

public class SubjectTableTests
{
    [Fact]
    public void A_hundred_thousand_subjects_are_found_and_no_others()
    {
        var table = new SubjectTable();
        var random = new Random(3);
        var keys = Enumerable.Range(0, 100_000).Select(_ => Key(random)).ToArray();
        for (uint i = 0; i < keys.Length; i++)
        {
            table.Set(i + 1, [(keys[i], Effect(i + 1))]);
        }

        Assert.Equal(keys.Length, table.Count);
        for (uint i = 0; i < keys.Length; i++)
        {
            Assert.Equal(i + 1, Read(table, keys[i])[0].Entity);
            Assert.Equal(0, Read(table, Key(random)).Count);
        }
    }

    [Fact]
    public void Keys_that_meet_in_one_bucket_stay_apart()
    {
        // One stem, so all of them belong into one bucket and spill over into others.
        var table = new SubjectTable();
        var keys = Enumerable.Range(0, 500).Select(i => new SubjectKey(1, 0xABCDEF12_00000000 + (ulong)i, (ulong)i * 3)).ToArray();
        for (uint i = 0; i < keys.Length; i++)
        {
            table.Set(i + 1, [(keys[i], Effect(i + 1))]);
        }

        for (uint i = 0; i < keys.Length; i += 2)
        {
            table.Remove(i + 1);
        }

        for (uint i = 0; i < keys.Length; i++)
        {
            Assert.Equal(i % 2 == 0 ? [] : [i + 1], Entities(Read(table, keys[i])));
        }
    }

    [Fact]
    public void A_subject_that_an_amendment_no_longer_names_is_clean()
    {
        var table = new SubjectTable();
        var random = new Random(5);
        SubjectKey[] keys = [Key(random), Key(random), Key(random)];
        table.Set(1, [(keys[0], Effect(1)), (keys[1], Effect(1))]);
        table.Set(2, [(keys[1], Effect(2))]);
        table.Set(1, [(keys[0], Effect(1)), (keys[2], Effect(1))]);
        Assert.Equal([1u], Entities(Read(table, keys[0])));
        Assert.Equal([2u], Entities(Read(table, keys[1])));
        Assert.Equal([1u], Entities(Read(table, keys[2])));
        table.Remove(1);
        Assert.Equal(1, table.Count);
        Assert.Equal([2u], Entities(Read(table, keys[1])));
    }

    [Fact]
    public void A_subject_in_two_roles_of_one_listing_has_both_effects()
    {
        var table = new SubjectTable();
        var key = Key(new Random(6));
        table.Set(9, [(key, Effect(9, code: 1)), (key, Effect(9, code: 2))]);
        table.Set(4, [(key, Effect(4))]);
        table.Set(9, [(key, Effect(9, code: 3)), (key, Effect(9, code: 2))]);
        var read = Read(table, key);
        Assert.Equal([(4u, 0u), (9u, 3u), (9u, 2u)], Enumerable.Range(0, read.Count).Select(i => (read[i].Entity, read[i].Code)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(638_000_000_000_000_000, long.MaxValue)]
    [InlineData(638_000_000_000_000_001, 639_000_000_000_000_000)]
    [InlineData(1, 3_155_378_975_999_999_999)]
    [InlineData(621_355_968_000_000_000, 621_355_968_010_000_000)]
    public void Times_are_kept_to_the_tick(long from, long until)
    {
        var table = new SubjectTable();
        var key = Key(new Random(8));
        var effect = Effect(1) with { FromTicks = from, UntilTicks = until };
        table.Set(1, [(key, effect)]);
        Assert.Equal(effect, Read(table, key)[0]);
    }

    [Fact]
    public void Subjects_that_come_and_go_leave_no_trail()
    {
        var table = new SubjectTable();
        var random = new Random(9);
        for (uint round = 1; round < 300_000; round++)
        {
            table.Set(round, [(Key(random), Effect(round))]);
            if (round > 1_000)
            {
                table.Remove(round - 1_000);
            }
        }

        Assert.Equal(1_000, table.Count);
        Assert.True(table.Parts.Next <= 1_001, $"{table.Parts.Next} entries for 1,000 subjects");
    }

    private static EffectSet Read(SubjectTable table, SubjectKey key)
    {
        table.Read(key, out var effects);
        return effects;
    }

    private static SubjectEffect Effect(uint entity, uint code = 0) => new(code, entity, 0, 0, 0, null);

    private static SubjectKey Key(Random random) => new(1, (ulong)random.NextInt64() << 1, (ulong)random.NextInt64());

    private static uint[] Entities(EffectSet effects) => [.. Enumerable.Range(0, effects.Count).Select(i => effects[i].Entity)];
}
