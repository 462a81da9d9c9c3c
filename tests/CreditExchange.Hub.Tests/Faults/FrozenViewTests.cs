using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>A view that stands still makes checks fail; it never makes them lie.</summary>
public sealed class FrozenViewTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 2, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_frozen_follower_makes_checks_fail_and_never_clears_a_listed_subject_and_released_it_answers_again()
    {
        var time = new FakeTime(Start);
        var gate = new Gate();
        await using var hub = await HubServer.StartWithAsync(b => b.Services.AddSingleton<ILedgerView>(gate), time: time);
        using var released = gate;
        var registry = hub.Registry(Writes.Court);
        var lookup = hub.Lookup("hainan-approval");
        var before = (await registry.PublishListingAsync(Writes.Publish("before", 1))).Listing;
        Assert.Equal(Verdict.Restricted, (await lookup.CheckSubjectAsync(Writes.Check(before.Subject, before.Position))).Verdict);

        gate.Close();
        time.Advance(TimeSpan.FromSeconds(1));
        var listedAt = time.GetUtcNow();
        var listed = (await registry.PublishListingAsync(Writes.Publish("listed", 2))).Listing;

        // Within the staleness that the matter takes, an older answer may be given if it says how old it is.
        var within = await lookup.CheckSubjectAsync(Writes.Check(listed.Subject));
        Assert.True(within.Position < listed.Position);
        Assert.True(within.FreshAt.ToDateTimeOffset() <= listedAt);

        // By position, and by "no staleness at all".
        var byPosition = Writes.Check(listed.Subject, listed.Position);
        Assert.Equal("NOT_FRESH", await Writes.ReasonOf(() => FailAsync(lookup.CheckSubjectAsync(byPosition))));
        var now = Writes.Check(listed.Subject);
        now.MaxStaleness = new Duration();
        Assert.Equal("NOT_FRESH", await Writes.ReasonOf(() => FailAsync(lookup.CheckSubjectAsync(now))));

        // Beyond it nothing is answered, for anybody, through any of the three doors.
        time.Advance(TimeSpan.FromSeconds(40));
        foreach (var subject in new[] { listed.Subject, before.Subject, TestListings.Company(3) })
        {
            Assert.Equal("NOT_FRESH", await Writes.ReasonOf(() => FailAsync(lookup.CheckSubjectAsync(Writes.Check(subject)))));
        }

        var check = Writes.Check(listed.Subject);
        var batch = new BatchCheckSubjectsRequest { Matter = check.Matter, Purpose = check.Purpose, Subjects = { listed.Subject } };
        Assert.Equal("NOT_FRESH", await Writes.ReasonOf(() => FailAsync(lookup.BatchCheckSubjectsAsync(batch))));
        using var stream = lookup.StreamChecks();
        await stream.RequestStream.WriteAsync(new StreamChecksRequest { Check = check });
        Assert.True(await PassTimeAsync(stream.ResponseStream.MoveNext(CancellationToken.None)));
        Assert.Equal("NOT_FRESH", Writes.ReasonOf(stream.ResponseStream.Current.Error));
        using var http = new HttpClient();
        Assert.Equal(
            System.Net.HttpStatusCode.ServiceUnavailable, (await http.GetAsync(new Uri(hub.HttpAddress + "/healthz/ready"))).StatusCode);

        gate.Open();
        // The clock stands now, so that the view has whatever time it needs on a busy machine.
        var after = await lookup.CheckSubjectAsync(byPosition);
        Assert.Equal(Verdict.Restricted, after.Verdict);
        Assert.True(after.Position >= listed.Position);
        Assert.Equal(Verdict.Restricted, (await lookup.CheckSubjectAsync(Writes.Check(before.Subject))).Verdict);

        Task FailAsync<T>(AsyncUnaryCall<T> call) => PassTimeAsync(call.ResponseAsync);

        // The hub waits by its own clock: it is moved until the call is over.
        async Task<T> PassTimeAsync<T>(Task<T> call)
        {
            while (!call.IsCompleted)
            {
                await Task.Yield();
                time.Advance(TimeSpan.FromMilliseconds(20));
            }

            return await call;
        }
    }

    [Fact]
    public async Task A_view_that_breaks_stops_all_checks_and_readiness_says_so()
    {
        var gate = new Gate();
        await using var hub = await HubServer.StartWithAsync(b => b.Services.AddSingleton<ILedgerView>(gate));
        using var released = gate;
        gate.Break();
        var listed = (await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("broken", 1))).Listing;
        Assert.Equal("NOT_FRESH", await Writes.ReasonOf(
            () => hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(listed.Subject, listed.Position)).ResponseAsync));
        using var http = new HttpClient();
        var ready = await http.GetAsync(new Uri(hub.HttpAddress + "/healthz/ready"));
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("views stopped", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>A view of the test's own, before all others: closed, it holds the follower; broken, it fails it.</summary>
    private sealed class Gate : ILedgerView, IDisposable
    {
        private readonly ManualResetEventSlim open = new(initialState: true);
        private volatile bool isBroken;

        public void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects)
        {
            this.open.Wait();
            if (isBroken)
            {
                throw new InvalidOperationException("Broken by a test.");
            }
        }

        public void Close() => open.Reset();

        public void Open() => open.Set();

        public void Break() => isBroken = true;

        public void Dispose() => open.Set();
    }
}
