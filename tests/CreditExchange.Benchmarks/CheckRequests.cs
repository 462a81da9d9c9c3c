using CreditExchange.Domain.Samples;
using CreditExchange.V1;

namespace CreditExchange.Benchmarks;

/// <summary>Checks to send again and again, of made-up subjects.</summary>
internal static class CheckRequests
{
    /// <summary>How many there are: a power of two.</summary>
    public const int Count = 4_096;

    /// <summary>Of natural persons, at the duty-free counter.</summary>
    public static CheckSubjectRequest[] OfPersons() => Make(7, SampleIds.ResidentId, "dutyfree.offshore-purchase", "T2026-11-0001");

    /// <summary>Of organisations, by the approval office.</summary>
    public static CheckSubjectRequest[] OfOrganisations() => Make(9, SampleIds.Uscc, "approval.notification-commitment", "bench-1");

    private static CheckSubjectRequest[] Make(int seed, Func<Random, SubjectId> subject, string matter, string purpose)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Count).Select(_ => new CheckSubjectRequest { Subject = subject(random), Matter = matter, Purpose = purpose })];
    }
}
