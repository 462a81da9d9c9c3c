using CreditExchange.Hub.Tests.Access;
using CreditExchange.Hub.Tests.AccessLogs;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.Hub.Tests.Keys;
using CreditExchange.Hub.Tests.Kills;
using CreditExchange.Hub.Tests.Redis;
using CreditExchange.Hub.Tests.Updates;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("CreditExchange.Hub.Tests.LongestFirst", "CreditExchange.Hub.Tests")]

namespace CreditExchange.Hub.Tests;

/// <summary>The classes that take minutes begin first: the short ones fill the other core until the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_long =
    [
        .. new[]
        {
            typeof(StepTests), typeof(KillTests), typeof(SnapshotFileTests), typeof(OfflineStepTests), typeof(IssuerTests), typeof(WatcherTests),
            typeof(TierFaultTests), typeof(WrappingKeyRotationTests), typeof(DamageTests), typeof(SurvivalTests), typeof(ImportFaultTests),
            typeof(SubjectKeyRotationTests), typeof(StoreFaultTests),
        }.Select(t => "Test collection for " + t.FullName),
    ];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => Array.IndexOf(s_long, c.DisplayName) is var place && place >= 0 ? place : s_long.Length);
}
