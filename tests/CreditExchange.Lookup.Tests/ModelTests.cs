using CreditExchange.Domain.Verdicts;
using CreditExchange.Lookup.Effects;
using CreditExchange.V1;

namespace CreditExchange.Lookup.Tests;

/// <summary>Random events and random checks against a naive model.</summary>
public class ModelTests
{
    [Theory]
    [InlineData(1, 12, 100_000)]
    [InlineData(20261122, 400, 200_000)]
    [InlineData(4711, 3, 20_000)]
    public void Every_answer_equals_the_models(int seed, int subjects, int steps)
    {
        var model = new ListingModel(seed, subjects);
        var random = new Random(seed + 1);
        var seen = new HashSet<Verdict>();
        for (var step = 0; step < steps; step++)
        {
            model.Apply(model.Next());
            if (step % 5 != 0)
            {
                continue;
            }

            var key = model.Subjects[random.Next(subjects)];
            var asOf = model.RecordedAt.AddHours(random.Next(0, 120));
            var (hasCheckDigit, name) = (random.Next(3) > 0, model.NewNamePrint());
            model.View.Read(key, out var reading);
            var facts = model.FactsOf(key);
            var expected = model.Policy.Evaluate(facts, asOf, hasCheckDigit, name);
            var actual = model.Table.Evaluate(reading, asOf, hasCheckDigit, name);
            Assert.Equal(model.Position, reading.Position);
            Assert.True(
                Text(expected, i => facts[i].Entity) == Text(actual, i => reading.Effects[i].Entity), $"seed {seed}, step {step}");
            Assert.Equal(facts.Select(f => f.Entity), reading.ToFacts().Select(f => f.Entity));
            seen.Add(actual.Verdict);
        }

        Assert.Equal(4, seen.Count);
        Assert.Equal(model.Listings, model.Listings.Select(l => (l.Entity, model.View.PositionOf(l.Entity) ?? 0)));
        Assert.Equal(model.Listings.Count(), model.View.ListingCount);
        Assert.Equal(model.Subjects.Count(k => model.FactsOf(k).Length > 0), model.View.SubjectCount);
    }

    [Fact]
    public async Task Readers_beside_the_writer_see_the_model_at_the_position_that_they_name()
    {
        const int Subjects = 24;
        const int Steps = 60_000;
        var model = new ListingModel(7, Subjects);
        var changes = new Change[Steps];

        // Of each subject after each event: the listings that name it.
        var truth = new uint[Steps + 1, Subjects];
        for (var i = 0; i < Subjects; i++)
        {
            truth[0, i] = Print([]);
        }

        for (var step = 1; step <= Steps; step++)
        {
            changes[step - 1] = model.Next();
            for (var i = 0; i < Subjects; i++)
            {
                truth[step, i] = changes[step - 1].Touched.Contains(model.Subjects[i])
                    ? Print(model.FactsOf(model.Subjects[i]).Select(f => f.Entity))
                    : truth[step - 1, i];
            }
        }

        using var over = new CancellationTokenSource();
        long read = 0;
        var readers = Enumerable.Range(0, 2).Select(number => Task.Run(() =>
        {
            var random = new Random(number);
            var last = 0L;
            while (!over.IsCancellationRequested)
            {
                var i = random.Next(Subjects);
                model.View.Read(model.Subjects[i], out var reading);
                Assert.True(reading.Position >= last, "a position went backwards");
                last = reading.Position;
                Assert.Equal(truth[last, i], Print(Entities(reading)));
                Interlocked.Increment(ref read);
                if (random.Next(16) == 0)
                {
                    Together(model, truth, random);
                }
            }
        })).ToArray();
        while (Interlocked.Read(ref read) == 0)
        {
            Assert.DoesNotContain(readers, r => r.IsFaulted);
            await Task.Yield();
        }

        foreach (var change in changes)
        {
            model.Apply(change);
        }

        await over.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(Steps, model.View.Position);
    }

    private static void Together(ListingModel model, uint[,] truth, Random random)
    {
        var asked = Enumerable.Range(0, 8).Select(_ => random.Next(model.Subjects.Length)).ToArray();
        var answers = new SubjectReading[asked.Length];
        model.View.ReadTogether(() =>
        {
            for (var i = 0; i < asked.Length; i++)
            {
                model.View.ReadUnguarded(model.Subjects[asked[i]], out answers[i]);
            }

            return true;
        });
        Assert.Single(answers.Select(a => a.Position).Distinct());
        for (var i = 0; i < asked.Length; i++)
        {
            Assert.Equal(truth[answers[i].Position, asked[i]], Print(Entities(answers[i])));
        }
    }

    private static IEnumerable<long> Entities(SubjectReading reading)
    {
        for (var i = 0; i < reading.Effects.Count; i++)
        {
            yield return reading.Effects[i].Entity;
        }
    }

    private static uint Print(IEnumerable<long> entities)
    {
        var print = 17u;
        foreach (var entity in entities)
        {
            print = (print * 31) + (uint)entity;
        }

        return print;
    }

    private static string Text(VerdictResult result, Func<int, long> entity) => string.Join(
        ' ',
        result.Verdict,
        string.Join(',', result.Matches.Select(entity)),
        string.Join(',', result.Measures),
        string.Join(',', result.Consequences.Select(c => c.Code)));
}
