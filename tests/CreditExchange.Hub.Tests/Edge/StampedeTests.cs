using CreditExchange.Domain.Subjects;
using CreditExchange.Lookup.Edge;
using CreditExchange.Lookup.Effects;
using CreditExchange.Lookup.Redis;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Edge;

/// <summary>Very many ask at once for what Redis lacks.</summary>
public sealed class StampedeTests
{
    private const int Subjects = 20;
    private const int CallersEach = 100;

    [Fact]
    public async Task A_stampede_on_what_Redis_lacks_costs_one_question_a_listing()
    {
        await using var full = await HubServer.StartAsync();
        await using var edge = await EdgeNodes.StartAsync(full);
        var subjects = Enumerable.Range(0, Subjects).Select(TestListings.Company).ToArray();
        var position = 0L;
        foreach (var subject in subjects)
        {
            position = (await full.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
            {
                RequestId = subject.Number,
                Listing = TestListings.Create("court.dishonest-judgment-debtor", subject, subject.Number),
            })).Listing.Position;
        }

        var view = edge.Services.GetRequiredService<EdgeView>();
        Assert.True(await view.WaitForAsync(position, TimeSpan.FromSeconds(30), CancellationToken.None));
        var upstream = new HeldUpstream(edge.Services.GetRequiredService<Hub.Edge.Upstream>());
        var reader = new EdgeReader(
            view, edge.Services.GetRequiredService<EffectCodes>(), edge.Services.GetRequiredService<SealedDetails>(), tier: null, upstream);
        var keyer = view.State.Keys.Subjects.Of(view.State.KeyVersion)!;
        var keys = Array.ConvertAll(subjects, s => keyer.Compute(s));

        // Without Redis a caller waits for the upstream when the call returns: so all of them come while the first questions are open.
        var readings = Enumerable.Range(0, Subjects * CallersEach)
            .Select(n => reader.ReadAsync(view.State, [keys[n % Subjects], keys[(n + 1) % Subjects]], TimeSpan.FromSeconds(30), CancellationToken.None).AsTask())
            .ToArray();
        Assert.Equal(Subjects, reader.Asked);
        upstream.GoOn();
        foreach (var reading in await Task.WhenAll(readings))
        {
            Assert.Equal([1, 1], reading!.Select(r => r.Effects.Count));
        }

        Assert.Equal(Subjects, reader.Asked);
        Assert.Equal(Subjects, upstream.Subjects);
    }

    /// <summary>The real one, which answers nobody for a while.</summary>
    private sealed class HeldUpstream(IUpstreamDetails upstream) : IUpstreamDetails
    {
        private readonly TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int subjects;

        public int Subjects => Volatile.Read(ref subjects);

        public void GoOn() => held.SetResult();

        public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(
            IReadOnlyList<SubjectKey> keys, bool withLinks, CancellationToken cancellation)
        {
            Interlocked.Add(ref subjects, keys.Count);
            await held.Task;
            return await upstream.ReadAsync(keys, withLinks, cancellation);
        }
    }
}
