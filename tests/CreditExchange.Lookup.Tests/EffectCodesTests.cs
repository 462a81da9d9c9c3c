using CreditExchange.Domain.Verdicts;
using CreditExchange.Lookup.Effects;
using CreditExchange.V1;

namespace CreditExchange.Lookup.Tests;

/// <summary>Numbers of shapes, given by many at once as the callers of an edge node do.</summary>
public sealed class EffectCodesTests
{
    private const int Threads = 4;
    private const int Shapes = 2_000;

    [Fact]
    public async Task Many_who_give_numbers_at_once_give_each_shape_one_number_and_each_number_one_shape()
    {
        var facts = Enumerable.Range(0, Shapes).Select(i => NewFact(CodePool.Share($"shape-{i}"))).ToArray();
        for (var round = 0; round < 20; round++)
        {
            var codes = new EffectCodes();
            var given = new uint[Threads][];
            using var together = new Barrier(Threads);
            await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
                () =>
                {
                    together.SignalAndWait();
                    given[thread] = Array.ConvertAll(facts, fact =>
                    {
                        var effect = SubjectEffect.Of(fact, codes, 0);
                        Assert.Equal(fact.ListCode, effect.ToFact(codes).ListCode);
                        return effect.Code;
                    });
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            Assert.Equal(Shapes, codes.Count);
            Assert.All(given, g => Assert.Equal(given[0], g));
        }
    }

    private static ListingFact NewFact(string list) => new(
        1, list, CodePool.Share("subject"), false, ListingState.Active, 0, long.MaxValue, 0,
        CodePool.Share("460000"), CodePool.Share("hainan-court"), CodePool.Share(""), []);
}
