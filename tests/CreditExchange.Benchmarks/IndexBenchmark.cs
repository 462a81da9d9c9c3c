using System.Diagnostics.CodeAnalysis;
using System.Runtime;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Effects;
using CreditExchange.V1;

namespace CreditExchange.Benchmarks;

/// <summary>The index alone, in this process: a verdict for a subject's number, and the bytes that a subject takes.</summary>
[SuppressMessage("Performance", "CA1822", Justification = "The library calls methods of an instance.")]
public class IndexBenchmark
{
    private const int Asked = 1 << 20;
    private static readonly int[] Sizes = [10_000, 100_000, 1_000_000, 10_000_000];
    private static readonly DateTimeOffset AsOf = new(2026, 11, 22, 4, 0, 0, TimeSpan.Zero);
    private static int only;
    private static FilledIndex filled = new(0);
    private int at;

    /// <summary>How many subjects the index holds.</summary>
    [ParamsSource(nameof(AllSubjects))]
    public int Subjects { get; set; }

    /// <summary>The sizes of the curve.</summary>
    public static IEnumerable<int> AllSubjects => only == 0 ? Sizes : [only];

    /// <summary>Runs all and prints the curve, from few subjects to many.</summary>
    public static IReadOnlyList<(double Subjects, double Hit, double Miss)> Run(int size)
    {
        only = size;
        Console.WriteLine("## the index: a verdict, and the bytes of a subject (goals: <= 100 ns with the subject key, <= 48 bytes, 0 allocated)");
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(5);
        var config = ManualConfig.CreateEmpty().AddJob(job).AddLogger(NullLogger.Instance)
            .AddDiagnoser(BenchmarkDotNet.Diagnosers.MemoryDiagnoser.Default)
            .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
            .WithOption(ConfigOptions.DisableLogFile, true)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "creditexchange-index"));
        var summary = BenchmarkRunner.Run<IndexBenchmark>(config);
        List<(double, double, double)> curve = [];
        foreach (var of in summary.Reports.GroupBy(r => (int)r.BenchmarkCase.Parameters["Subjects"]))
        {
            var parts = of.Select(r =>
                $"{r.BenchmarkCase.Descriptor.WorkloadMethod.Name} {r.ResultStatistics?.Median ?? double.NaN:F1} ns ({r.GcStats.GetBytesAllocatedPerOperation(r.BenchmarkCase) ?? 0} B)");
            Console.WriteLine($"  {of.Key,10:N0} subjects  {FilledIndex.BytesOf(of.Key):F1} bytes each  {string.Join("  ", parts)}");
            double Median(string method) =>
                of.First(r => r.BenchmarkCase.Descriptor.WorkloadMethod.Name == method).ResultStatistics?.Median ?? double.NaN;
            curve.Add((of.Key, Median(nameof(Hit)), Median(nameof(Miss))));
        }

        return curve;
    }

    /// <summary>Fills the index, once for all methods of one size.</summary>
    [GlobalSetup]
    public void Fill()
    {
        if (filled.Count != Subjects)
        {
            filled = new FilledIndex(0);
            filled = new FilledIndex(Subjects);
        }
    }

    /// <summary>Only the key of a normalised number.</summary>
    [Benchmark(Description = "key")]
    public SubjectKey Key() => FilledIndex.Keyer.Compute(filled.Numbers[Next() & (FilledIndex.NumberCount - 1)]);

    /// <summary>A verdict for a number that is listed, its key with it.</summary>
    [Benchmark(Description = "number")]
    public VerdictResult Number() => Verdict(FilledIndex.Keyer.Compute(filled.Numbers[Next() & (FilledIndex.NumberCount - 1)]));

    /// <summary>A verdict for a key that is listed, all over the index.</summary>
    [Benchmark(Description = "hit")]
    public VerdictResult Hit() => Verdict(filled.Hits[Next()]);

    /// <summary>A verdict for a key that isn't.</summary>
    [Benchmark(Description = "miss")]
    public VerdictResult Miss() => Verdict(filled.Misses[Next()]);

    /// <summary>One hit in twenty.</summary>
    [Benchmark(Description = "mixed")]
    public VerdictResult Mixed()
    {
        var i = Next();
        return Verdict(i % 20 == 0 ? filled.Hits[i] : filled.Misses[i]);
    }

    private int Next() => at = (at + 1) & (Asked - 1);

    private static VerdictResult Verdict(in SubjectKey key)
    {
        filled.View.Read(key, out var reading);
        return filled.Verdicts.Evaluate(reading, AsOf, hasCheckDigit: true, namePrint: 0);
    }

    /// <summary>An index of so many subjects, each with one listing, and keys to ask it for.</summary>
    private sealed class FilledIndex
    {
        public const int NumberCount = 1 << 14;
        public static readonly SubjectKeyer Keyer = new(1, [.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        private static readonly Dictionary<int, double> Bytes = [];

        public FilledIndex(int count)
        {
            Count = count;
            View = new LookupView(TimeProvider.System, () => 0);
            var catalogue = new CatalogueIndex(CatalogueFiles.Shipped());
            View.ApplyCatalogue(catalogue, 1);
            Verdicts = new VerdictTable(new MatterPolicy(catalogue, "approval.notification-commitment", LegalDay.Of(AsOf)), View.Codes);
            if (count == 0)
            {
                return;
            }

            var random = new Random(count);
            Numbers = [.. Enumerable.Range(0, NumberCount).Select(_ => SampleIds.ResidentId(random))];
            Hits = new SubjectKey[Asked];
            Misses = [.. Enumerable.Range(0, Asked).Select(_ => NewKey(random))];
            var before = Settle();
            Add(random);
            Bytes[count] = (double)(Settle() - before) / count;
            random.Shuffle(Hits);
        }

        public int Count { get; }

        public LookupView View { get; }

        public VerdictTable Verdicts { get; }

        public SubjectId[] Numbers { get; } = [];

        public SubjectKey[] Hits { get; } = [];

        public SubjectKey[] Misses { get; } = [];

        public static double BytesOf(int count) => Bytes.GetValueOrDefault(count);

        private void Add(Random random)
        {
            var from = AsOf.AddDays(-30).UtcTicks;
            string[] lists = ["court.dishonest-judgment-debtor", "tax.major-violation", "market.serious-violation"];
            for (var i = 0; i < Count; i++)
            {
                var key = i < NumberCount ? Keyer.Compute(Numbers[i]) : NewKey(random);
                var fact = new ListingFact(
                    i + 1, lists[i % lists.Length], ListingFacts.SubjectRole, false, ListingState.Active, from - (from % TimeSpan.TicksPerSecond),
                    long.MaxValue, (ulong)random.NextInt64(), "460000", "hainan-high-court", "", []);
                View.ApplyListing(i + 1, ListingState.Active, i + 1, [(key, SubjectEffect.Of(fact, View.Codes, 0))]);
                if (i < Asked || random.Next(Count) < Asked)
                {
                    Hits[i < Asked ? i : random.Next(Asked)] = key;
                }
            }

            for (var i = Count; i < Asked; i++)
            {
                Hits[i] = Hits[i % Count];
            }
        }

        private static SubjectKey NewKey(Random random) => new(1, ((ulong)random.Next() << 33) ^ (ulong)random.NextInt64(), (ulong)random.NextInt64());

        private static long Settle()
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            return GC.GetTotalMemory(forceFullCollection: true);
        }
    }
}
