using System.Collections.Concurrent;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Kills;

/// <summary>Checks, single and in batches, a watcher and a retried write, on one hub until it dies; every answer is kept.</summary>
internal sealed class CheckLoad(string name, HubProcess hub, IReadOnlyList<SubjectId> restricted)
{
    private const int Batch = 500;
    private const string Matter = "approval.notification-commitment";

    /// <summary>Answers by check_id.</summary>
    public ConcurrentDictionary<string, (string Purpose, Verdict Verdict)> Answered { get; } = new();

    /// <summary>Positions that the watcher was told, in the order in which it was.</summary>
    public List<long> Watched { get; } = [];

    /// <summary>Completes when the hub is gone.</summary>
    public Task RunAsync() => Task.WhenAll(UntilDeadAsync(CheckAsync), UntilDeadAsync(CheckManyAsync), UntilDeadAsync(WatchAsync));

    private static async Task UntilDeadAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled)
        {
            return;
        }
        catch (ObjectDisposedException)
        {
            return;
        }
    }

    private async Task CheckAsync()
    {
        var lookup = hub.Lookup("hainan-approval");
        for (var i = 0; ; i++)
        {
            var purpose = $"{name}-{i}";
            var answer = await lookup.CheckSubjectAsync(new CheckSubjectRequest
            {
                Subject = restricted[i % restricted.Count],
                Matter = Matter,
                Purpose = purpose,
            });
            Assert.Equal(Verdict.Restricted, answer.Verdict);
            Assert.True(Answered.TryAdd(answer.CheckId, (purpose, answer.Verdict)), $"{answer.CheckId} was given twice");
        }
    }

    private async Task CheckManyAsync()
    {
        var lookup = hub.Lookup("hainan-approval");
        for (var i = 0; ; i++)
        {
            var request = new BatchCheckSubjectsRequest { Matter = Matter, Purpose = $"{name}-many-{i}" };
            request.Subjects.Add(Enumerable.Range(0, Batch).Select(n => restricted[n % restricted.Count]));
            foreach (var result in (await lookup.BatchCheckSubjectsAsync(request)).Results)
            {
                Assert.Equal(Verdict.Restricted, result.Verdict);
                Assert.True(Answered.TryAdd(result.CheckId, (request.Purpose, result.Verdict)), $"{result.CheckId} was given twice");
            }
        }
    }

    private async Task WatchAsync()
    {
        using var call = hub.Updates("operator").WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            if (message.Event is { } told)
            {
                Watched.Add(told.Position);
            }
        }
    }
}
