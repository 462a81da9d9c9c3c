using CreditExchange.Hub.Tests.Edge;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Hostile;

public sealed class BadBytesTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private const int Rounds = 300;

    // What a message can be refused with, however it is written. UNKNOWN and INTERNAL are faults of the hub.
    private static readonly StatusCode[] Documented =
    [
        StatusCode.InvalidArgument, StatusCode.NotFound, StatusCode.AlreadyExists, StatusCode.PermissionDenied, StatusCode.Aborted,
        StatusCode.FailedPrecondition, StatusCode.OutOfRange, StatusCode.ResourceExhausted,
    ];

    public static TheoryData<string> Unary => new(
        ContractMethods.All.Where(m => !m.IsServerStreaming).Select(ContractMethods.PathOf));

    public static TheoryData<string> Streaming => new(
        ContractMethods.All.Where(m => m.IsServerStreaming).Select(ContractMethods.PathOf));

    [Theory]
    [MemberData(nameof(Unary))]
    public async Task Random_bytes_are_refused_by_a_unary_method(string path) =>
        await EachAsync(path, Rounds, (_, random) => Mutations.RandomBytes(random));

    [Theory]
    [MemberData(nameof(Unary))]
    public async Task Mutated_messages_are_answered_or_refused_by_a_unary_method(string path) =>
        await EachAsync(path, Rounds, Mutations.Mutate);

    [Theory]
    [MemberData(nameof(Streaming))]
    public async Task Bad_bytes_are_answered_or_refused_by_a_stream(string path)
    {
        await EachAsync(path, 60, (_, random) => Mutations.RandomBytes(random));
        await EachAsync(path, 60, Mutations.Mutate);
    }

    [Fact]
    public async Task Bytes_that_are_no_message_are_malformed_in_the_callers_language()
    {
        foreach (var (language, locale) in new[] { ("zh-CN,en", "zh-CN"), ("en-GB", "en"), ("fr", "en") })
        {
            var failure = await RpcFailure.OfAsync(() => ContractMethods.CallAsync(
                shared.Hub.As("hainan-approval"), Method("CheckSubject"), [0x0a, 0xff], new Metadata { { "accept-language", language } }));
            Assert.Equal((StatusCode.InvalidArgument, "MESSAGE_MALFORMED", locale), (failure.Code, failure.Reason, failure.Locale));
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(100)]
    public async Task A_message_over_the_limit_is_refused_and_the_hub_lives(int megabytes)
    {
        var message = new CheckSubjectRequest { SubjectName = new string('x', megabytes * 1_000_000) }.ToByteArray();
        var failure = await RpcFailure.OfAsync(() => ContractMethods.CallAsync(
            shared.Hub.As("hainan-approval"), Method("CheckSubject"), message));
        Assert.Equal((StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE"), (failure.Code, failure.Reason));
        await AliveAsync();
    }

    [Fact]
    public async Task A_stream_with_a_message_over_the_limit_ends_with_the_same_reason()
    {
        var message = new StreamChecksRequest { CorrelationId = new string('x', 5_000_000) }.ToByteArray();
        var failure = await RpcFailure.OfAsync(() => ContractMethods.CallAsync(
            shared.Hub.As("hainan-approval"), Method("StreamChecks"), message));
        Assert.Equal((StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE"), (failure.Code, failure.Reason));
        await AliveAsync();
    }

    [Fact]
    public async Task A_batch_of_fifty_thousand_is_refused()
    {
        var request = new BatchCheckSubjectsRequest { Matter = "approval.notification-commitment", Purpose = "p" };
        request.Subjects.Add(Enumerable.Range(1, 50_000).Select(TestListings.Company));
        var failure = await RpcFailure.OfAsync(shared.Hub.Lookup("hainan-approval").BatchCheckSubjectsAsync(request));
        Assert.Equal((StatusCode.InvalidArgument, "BATCH_SIZE", "subjects"), (failure.Code, failure.Reason, failure.Field));
    }

    private async Task EachAsync(string path, int rounds, Func<byte[], Random, byte[]> make)
    {
        var method = ContractMethods.All.Single(m => ContractMethods.PathOf(m) == path);
        var subject = shared.Company();
        var (agency, valid) = ValidRequests.Of(
            method.Name, subject, TestListings.Create("court.dishonest-judgment-debtor", subject, "hostile"));
        var bytes = valid.ToByteArray();
        if (agency == EdgeNodes.Agency)
        {
            await EdgeNodes.TokenAsync(shared.Hub);
        }

        var invoker = shared.Hub.As(agency);
        await Parallel.ForEachAsync(Enumerable.Range(0, rounds), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (round, _) =>
        {
            var message = make(bytes, new Random(round));
            try
            {
                await ContractMethods.CallAsync(invoker, method, message);
            }
            catch (RpcException error)
            {
                Assert.True(Documented.Contains(error.StatusCode), $"round {round}: {error.Status} for {Convert.ToHexString(message)}");
                RpcFailure failure;
                try
                {
                    failure = RpcFailure.Read(error);
                }
                catch (InvalidOperationException broken)
                {
                    Assert.Fail($"round {round}: {broken.Message}");
                    throw;
                }

                Assert.True(
                    failure.Code != StatusCode.InvalidArgument || failure.Field.Length > 0 || failure.Reason == "MESSAGE_MALFORMED",
                    $"round {round}: {failure.Reason} names no field");
            }
        });
        await AliveAsync();
    }

    private async Task AliveAsync() => Assert.Equal(
        Verdict.Clear, (await shared.CheckAsync("hainan-approval", "approval.notification-commitment", shared.Company())).Verdict);

    private static MethodDescriptor Method(string name) => ContractMethods.All.Single(m => m.Name == name);
}
