using System.Collections.Concurrent;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Keys;

/// <summary>
/// Callers that never pause: some check subjects that are listed the whole time, alone and in batches, some publish, amend and
/// end. Every failed call and every verdict that isn't the one of the law is kept.
/// </summary>
internal sealed class RotationLoad(HubProcess hub, string name, IReadOnlyList<SubjectId> restricted, IReadOnlyList<SubjectId> clear) : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> callers = [];
    private int calls;

    public ConcurrentQueue<string> Faults { get; } = [];

    public int Calls => Volatile.Read(ref calls);

    public static async Task<List<SubjectId>> PublishAsync(HubProcess hub, string prefix, int count)
    {
        var subjects = Enumerable.Range(1, count).Select(i => Writes.Listing($"{prefix}-{i}", SeedOf(prefix, i), person: i % 2 == 0)).ToList();
        var registry = hub.Registry(Writes.Court);
        var last = (await Task.WhenAll(subjects.Select(async listing => (await registry.PublishListingAsync(
            new PublishListingRequest { RequestId = listing.SourceRef, Listing = listing })).Listing.Position))).Max();
        await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(subjects[0].Subject, last));
        return [.. subjects.Select(listing => listing.Subject)];
    }

    public static int SeedOf(string prefix, int i) => (prefix.Sum(c => c) * 100_000) + i;

    public void Start()
    {
        for (var i = 0; i < 3; i++)
        {
            callers.Add(Task.Run(CheckAsync));
            callers.Add(Task.Run(() => WriteAsync(Writes.Court)));
        }

        callers.Add(Task.Run(BatchAsync));
    }

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(callers);
    }

    public void Dispose() => stop.Dispose();

    private async Task CheckAsync()
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var isRestricted = i % 4 != 0;
            var subject = isRestricted ? restricted[i % restricted.Count] : clear[i % clear.Count];
            await TryAsync(async () => Expect(isRestricted, (await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(subject))).Verdict));
        }
    }

    private async Task BatchAsync()
    {
        var request = new BatchCheckSubjectsRequest { Matter = "approval.notification-commitment", Purpose = "琼审批〔2026〕1号" };
        request.Subjects.Add(restricted);
        request.Subjects.Add(clear);
        while (!stop.IsCancellationRequested)
        {
            await TryAsync(async () =>
            {
                var answer = await hub.Lookup("hainan-approval").BatchCheckSubjectsAsync(request);
                for (var i = 0; i < answer.Results.Count; i++)
                {
                    Expect(i < restricted.Count, answer.Results[i].Verdict);
                }
            });
        }
    }

    // Published, amended, ended; checked with the position of each, so that what came in during the rotation is seen at once.
    private async Task WriteAsync(string agency)
    {
        var registry = hub.Registry(agency);
        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref calls);
            var id = $"{name}-{number}";
            var listing = Writes.Listing(id, SeedOf(name, number) + 50_000, person: number % 2 == 0);
            await TryAsync(async () =>
            {
                var published = (await registry.PublishListingAsync(new PublishListingRequest { RequestId = id, Listing = listing })).Listing;
                Expect(true, (await CheckAtAsync(listing.Subject, published.Position)).Verdict);
                var amended = (await registry.AmendListingAsync(Writes.Amend(id + "a", published.ListingId, 1))).Listing;
                Expect(true, (await CheckAtAsync(listing.Subject, amended.Position)).Verdict);
                if (number % 3 == 0)
                {
                    var ended = (await registry.EndListingAsync(Writes.End(id + "e", published.ListingId, 2))).Listing;
                    Expect(false, (await CheckAtAsync(listing.Subject, ended.Position)).Verdict);
                }
            });
        }
    }

    private async Task<CheckSubjectResponse> CheckAtAsync(SubjectId subject, long position) =>
        await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(subject, position));

    private void Expect(bool isRestricted, Verdict verdict)
    {
        if (isRestricted != (verdict is Verdict.Restricted or Verdict.Caution))
        {
            Faults.Enqueue($"verdict {verdict} of a subject that is {(isRestricted ? "listed" : "not listed")}");
        }
    }

    private async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            Interlocked.Increment(ref calls);
        }
        catch (RpcException error)
        {
            Faults.Enqueue(error.ToString());
        }
    }
}
