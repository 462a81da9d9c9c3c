using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Edge.History;

/// <summary>Checks subjects, one or several at once, and takes the position of each answer along to the next question, whichever node it goes to.</summary>
/// <param name="clients">The nodes that it asks, by number; 0 the full one.</param>
/// <param name="seed">Chooses node, subjects and bounds.</param>
/// <param name="subjects">Whom it may ask for.</param>
/// <param name="carries">Whether it takes the position along.</param>
internal sealed class HistoryReader(
    IReadOnlyDictionary<int, LookupService.LookupServiceClient> clients, int seed, IReadOnlyList<SubjectId> subjects, bool carries)
{
    private const string Matter = "approval.notification-commitment";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly Random random = new(seed);
    private readonly int[] nodes = [.. clients.Keys];
    private long last;
    private string ledgerId = "";

    /// <summary>All answers, in order.</summary>
    public List<Answered> Answers { get; } = [];

    /// <summary>Asks once.</summary>
    /// <returns>Which node, and whether it answered; it may always be unavailable.</returns>
    public async Task<(int Node, bool IsAnswered)> AskAsync()
    {
        var node = nodes[random.Next(nodes.Length)];
        // Mostly as old as the matter takes: so a frozen node goes on answering for a while.
        var bound = TimeSpan.FromSeconds(random.Next(10) switch { 0 => 0, 1 => 1, _ => 4 });
        var asked = new SubjectId[random.Next(3) == 0 ? random.Next(2, 9) : 1];
        for (var i = 0; i < asked.Length; i++)
        {
            asked[i] = subjects[random.Next(subjects.Count)];
        }

        var sentAt = TimeProvider.System.GetUtcNow();
        try
        {
            var answer = await AskAsync(clients[node], asked, bound, sentAt);
            Answers.Add(answer with { Node = node == 0 ? "full" : $"e{node}" });
            (last, ledgerId) = (Math.Max(last, answer.Position), answer.LedgerId);
            return (node, true);
        }
        catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            return (node, false);
        }
    }

    private async Task<Answered> AskAsync(LookupService.LookupServiceClient client, SubjectId[] asked, TimeSpan bound, DateTimeOffset sentAt)
    {
        var deadline = sentAt.UtcDateTime + Patience;
        var from = carries ? last : 0;
        if (asked.Length == 1)
        {
            var one = await client.CheckSubjectAsync(
                new CheckSubjectRequest
                {
                    Subject = asked[0],
                    Matter = Matter,
                    Purpose = "p-1",
                    MinPosition = from,
                    LedgerId = ledgerId,
                    MaxStaleness = Duration.FromTimeSpan(bound),
                },
                deadline: deadline);
            return new Answered(
                "", from, bound, sentAt, one.LedgerId, one.Position, one.FreshAt.ToDateTimeOffset(),
                [new Said(asked[0].Number, one.Verdict, Text(one.Matches))]);
        }

        var many = await client.BatchCheckSubjectsAsync(
            new BatchCheckSubjectsRequest
            {
                Subjects = { asked },
                Matter = Matter,
                Purpose = "p-1",
                MinPosition = from,
                LedgerId = ledgerId,
                MaxStaleness = Duration.FromTimeSpan(bound),
            },
            deadline: deadline);
        Assert.All(many.Results, r => Assert.Null(r.Error));
        return new Answered(
            "", from, bound, sentAt, many.LedgerId, many.Position, many.FreshAt.ToDateTimeOffset(),
            [.. many.Results.Select((r, i) => new Said(asked[i].Number, r.Verdict, Text(r.Matches)))]);
    }

    private static string Text(IEnumerable<ListingMatch> matches) => string.Join(
        "; ", matches.Select(m => LedgerModel.Text(m.ListingId, m.Until?.ToDateTimeOffset())).Order(StringComparer.Ordinal));
}
