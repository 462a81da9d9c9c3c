using CreditExchange.TestKit;

namespace CreditExchange.Streaming.Tests;

/// <summary>Why a test that makes brokers fail doesn't run against real ones.</summary>
internal static class InjectedFaults
{
    /// <summary>The reason; null: it runs.</summary>
    public static string? Skip => TestKafka.Given is null ? null : "Makes the brokers fail, which only the mock cluster does; KAFKA_BOOTSTRAP names real ones.";
}

/// <summary>A test that makes brokers fail.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InjectedFaultsFactAttribute : FactAttribute
{
    public InjectedFaultsFactAttribute() => Skip = InjectedFaults.Skip;
}

/// <summary>The same with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InjectedFaultsTheoryAttribute : TheoryAttribute
{
    public InjectedFaultsTheoryAttribute() => Skip = InjectedFaults.Skip;
}
