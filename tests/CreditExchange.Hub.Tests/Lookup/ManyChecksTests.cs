using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Lookup;

public abstract class ManyChecksTests(SharedHub shared)
{
    private const string Commitment = "approval.notification-commitment";
    private const string DutyFree = "dutyfree.offshore-purchase";

    [Fact]
    public async Task A_batch_answers_in_order_and_a_bad_id_fails_its_item_only()
    {
        var listed = shared.Company();
        var listing = await shared.PublishAsync("court.dishonest-judgment-debtor", listed);
        var request = Batch(Commitment, shared.Company(), listed, new SubjectId { Kind = IdKind.Uscc, Number = "123" }, shared.Person(), listed);
        request.MinPosition = listing.Position;
        var answer = await shared.Lookup("hainan-approval").BatchCheckSubjectsAsync(request);
        Assert.Equal(
            [Verdict.Clear, Verdict.Restricted, Verdict.Unspecified, Verdict.Clear, Verdict.Restricted], answer.Results.Select(r => r.Verdict));
        var failure = RpcFailure.Read(answer.Results[2].Error);
        Assert.Equal(("USCC_LENGTH", "subjects[2].number"), (failure.Reason, failure.Field));
        Assert.All(answer.Results.Where((_, i) => i != 2), r => Assert.Null(r.Error));
        Assert.Equal(5, answer.Results.Select(r => r.CheckId).Distinct().Count());
        Assert.Equal(listing.ListingId, Assert.Single(answer.Results[1].Matches).ListingId);
        Assert.True(answer.Position >= listing.Position);
        Assert.True(answer.RelyUntil > answer.AsOf && answer.FreshAt is not null && answer.LedgerId.Length > 0);
    }

    [Fact]
    public async Task Natural_persons_in_bulk_need_a_scope_of_their_own()
    {
        var customs = shared.Lookup("haikou-customs");
        var answer = await customs.BatchCheckSubjectsAsync(Batch(DutyFree, shared.Company(), shared.Person(), shared.Passport()));
        Assert.Null(answer.Results[0].Error);
        Assert.All(answer.Results.Skip(1), r => Assert.Equal("SCOPE_MISSING", RpcFailure.Read(r.Error).Reason));
        Assert.Equal(Verdict.Clear, (await shared.CheckAsync("haikou-customs", DutyFree, shared.Person())).Verdict);
        using var stream = customs.StreamChecks();
        await stream.RequestStream.WriteAsync(Item("p", DutyFree, shared.Person()));
        Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal("SCOPE_MISSING", RpcFailure.Read(stream.ResponseStream.Current.Error).Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public async Task A_batch_has_one_to_a_thousand(int size)
    {
        var subject = shared.Company();
        var failure = await RpcFailure.OfAsync(shared.Lookup("hainan-approval").BatchCheckSubjectsAsync(
            Batch(Commitment, [.. Enumerable.Repeat(subject, size)])));
        Assert.Equal((StatusCode.InvalidArgument, "BATCH_SIZE", "subjects"), (failure.Code, failure.Reason, failure.Field));
        var most = await shared.Lookup("hainan-approval").BatchCheckSubjectsAsync(Batch(Commitment, [.. Enumerable.Repeat(subject, 1000)]));
        Assert.Equal(1000, most.Results.Count);
    }

    [Fact]
    public async Task A_thousand_pipelined_checks_are_answered_in_order_with_errors_inside()
    {
        var listed = shared.Company();
        var listing = await shared.PublishAsync("tax.major-violation", listed);
        var clear = shared.Company();
        using var call = shared.Lookup("hainan-approval").StreamChecks();
        var writing = WriteAsync();
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            var answer = call.ResponseStream.Current;
            Assert.Equal($"{i}", answer.CorrelationId);
            switch (i % 4)
            {
                case 0:
                    Assert.Equal(Verdict.Clear, answer.Result.Verdict);
                    break;
                case 1:
                    Assert.Equal(Verdict.Restricted, answer.Result.Verdict);
                    break;
                case 2:
                    Assert.Equal("MATTER_UNKNOWN", RpcFailure.Read(answer.Error).Reason);
                    break;
                default:
                    Assert.Equal("REQUIRED", RpcFailure.Read(answer.Error).Reason);
                    break;
            }
        }

        await writing;
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));

        async Task WriteAsync()
        {
            for (var i = 0; i < 1000; i++)
            {
                var item = Item($"{i}", i % 4 == 2 ? "no.such" : Commitment, i % 4 == 0 ? clear : listed);
                item.Check.MinPosition = listing.Position;
                if (i % 4 == 3)
                {
                    item.Check = null;
                }

                await call.RequestStream.WriteAsync(item);
            }

            await call.RequestStream.CompleteAsync();
        }
    }

    [Fact]
    public async Task A_position_is_waited_for_up_to_the_head_and_refused_beyond()
    {
        var subject = shared.Company();
        for (var i = 0; i < 50; i++)
        {
            var listing = await shared.PublishAsync("court.dishonest-judgment-debtor", subject);
            Assert.Equal(Verdict.Restricted, (await shared.CheckAsync("hainan-approval", Commitment, subject, listing.Position)).Verdict);
            var ended = await shared.EndAsync(listing);
            // No age at all is taken: the answer reflects whatever is committed.
            var asked = Request(subject);
            asked.MaxStaleness = new Duration();
            var answer = await shared.Lookup("hainan-approval").CheckSubjectAsync(asked);
            Assert.Equal(Verdict.Clear, answer.Verdict);
            Assert.True(answer.Position >= ended.Position);
        }

        foreach (var position in new[] { long.MaxValue, 1_000_000, -1 })
        {
            var failure = await RpcFailure.OfAsync(() => shared.CheckAsync("hainan-approval", Commitment, subject, position));
            Assert.Equal((StatusCode.OutOfRange, "POSITION_AHEAD", "min_position"), (failure.Code, failure.Reason, failure.Field));
        }
    }

    [Fact]
    public async Task A_position_of_another_ledger_is_refused()
    {
        var request = Request(shared.Company());
        var ledgerId = (await shared.Lookup("hainan-approval").CheckSubjectAsync(request)).LedgerId;
        request.LedgerId = ledgerId;
        request.MinPosition = 1;
        await shared.Lookup("hainan-approval").CheckSubjectAsync(request);
        request.LedgerId = "another.1";
        var failure = await RpcFailure.OfAsync(shared.Lookup("hainan-approval").CheckSubjectAsync(request));
        Assert.Equal((StatusCode.FailedPrecondition, "LEDGER_DIVERGED", ledgerId), (failure.Code, failure.Reason, failure.Facts["ledger_id"]));
    }

    private static CheckSubjectRequest Request(SubjectId subject) => new() { Subject = subject, Matter = Commitment, Purpose = "p-1" };

    private static StreamChecksRequest Item(string correlation, string matter, SubjectId subject) => new()
    {
        CorrelationId = correlation,
        Check = new CheckSubjectRequest { Subject = subject, Matter = matter, Purpose = "p-1" },
    };

    private static BatchCheckSubjectsRequest Batch(string matter, params SubjectId[] subjects) =>
        new() { Matter = matter, Purpose = "p-1", Subjects = { subjects } };
}
