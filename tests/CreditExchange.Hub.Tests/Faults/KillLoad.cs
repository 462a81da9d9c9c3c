using System.Collections.Concurrent;
using System.Threading.Channels;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>A write that was sent; acknowledged or not.</summary>
internal sealed class SentWrite(ImportListingsRequest item, bool isImport)
{
    private long position;

    /// <summary>What was sent, in the form of an import item.</summary>
    public ImportListingsRequest Item { get; } = item;

    /// <summary>Whether it went through an import: retries count per method.</summary>
    public bool IsImport { get; } = isImport;

    public string RequestId => Item.RequestId;

    /// <summary>Position of the acknowledged event; 0: no answer came.</summary>
    public long Position => Volatile.Read(ref position);

    public string ListingId { get; private set; } = "";

    public void Acknowledge(long at, string listingId)
    {
        ListingId = listingId;
        Volatile.Write(ref position, at);
    }
}

/// <summary>Mixed load on one hub until it dies; every write that was sent is remembered.</summary>
internal sealed class KillLoad(string name, HubProcess hub, bool persons, int enough, int publishers = 32)
{
    private const int Changers = 4;
    private const int MostUnanswered = 100;
    private readonly RegistryService.RegistryServiceClient registry = hub.Registry(Writes.Court);
    private readonly ConcurrentQueue<SentWrite> changeable = new();
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int number;
    private int answered;

    /// <summary>Everything sent, in no order.</summary>
    public ConcurrentBag<SentWrite> Sent { get; } = [];

    /// <summary>Writes that were answered so far.</summary>
    public int Answered => Volatile.Read(ref answered);

    /// <summary>Completes when enough writes were answered.</summary>
    public Task Reached => reached.Task;

    /// <summary>Completes when the hub is gone.</summary>
    public Task RunAsync() => Task.WhenAll(
        [.. Enumerable.Range(0, publishers).Select(_ => UntilDeadAsync(PublishAsync)),
         .. Enumerable.Range(0, Changers).Select(_ => UntilDeadAsync(ChangeAsync)),
         UntilDeadAsync(ImportAsync)]);

    /// <summary>Sends a write that wasn't answered again, and again: both answers must be the same bytes.</summary>
    public static async Task RetryAsync(RegistryService.RegistryServiceClient registry, SentWrite write)
    {
        var first = await SendAsync(registry, write);
        var second = await SendAsync(registry, write);
        Assert.Equal(first.ToString(), second.ToString());
        write.Acknowledge(first.Position, first.ListingId);
    }

    private static async Task UntilDeadAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled)
        {
            // The hub was killed, as it was meant to be; what wasn't answered stays so.
            return;
        }
        catch (ObjectDisposedException)
        {
            // The same, when the connection was already put away.
            return;
        }
    }

    private async Task PublishAsync()
    {
        while (true)
        {
            var write = New(isImport: false);
            await SendAndKeepAsync(write);
            changeable.Enqueue(write);
        }
    }

    // An amendment, then the end, of listings that others published; each listing is changed by one caller.
    private async Task ChangeAsync()
    {
        while (true)
        {
            if (!changeable.TryDequeue(out var published))
            {
                // Nothing yet: one more of its own.
                published = New(isImport: false);
                await SendAndKeepAsync(published);
            }

            var amend = NextId();
            await SendAndKeepAsync(Keep(new SentWrite(
                new ImportListingsRequest { RequestId = amend, Amend = Writes.Amend(amend, published.ListingId, 1) }, isImport: false)));
            var end = NextId();
            await SendAndKeepAsync(Keep(new SentWrite(
                new ImportListingsRequest { RequestId = end, End = Writes.End(end, published.ListingId, 2) }, isImport: false)));
        }
    }

    private async Task ImportAsync()
    {
        using var call = registry.ImportListings();
        var open = Channel.CreateBounded<SentWrite>(MostUnanswered);
        var byId = new ConcurrentDictionary<string, SentWrite>();
        var reading = ReadAsync();
        try
        {
            // Ends when the reading ends: a dead hub's missing answers must not be waited for.
            while (await open.Writer.WaitToWriteAsync())
            {
                var write = New(isImport: true);
                byId[write.RequestId] = write;
                open.Writer.TryWrite(write);
                await call.RequestStream.WriteAsync(write.Item);
            }
        }
        finally
        {
            await reading;
        }

        async Task ReadAsync()
        {
            try
            {
                await foreach (var answer in call.ResponseStream.ReadAllAsync())
                {
                    Assert.Null(answer.Error);
                    byId[answer.RequestId].Acknowledge(answer.Position, answer.ListingId);
                    Count();
                    await open.Reader.ReadAsync();
                }
            }
            finally
            {
                open.Writer.TryComplete();
            }
        }
    }

    private async Task SendAndKeepAsync(SentWrite write)
    {
        var answer = await SendAsync(registry, write);
        write.Acknowledge(answer.Position, answer.ListingId);
        Count();
    }

    private void Count()
    {
        if (Interlocked.Increment(ref answered) == enough)
        {
            reached.SetResult();
        }
    }

    private SentWrite New(bool isImport)
    {
        var id = NextId();
        var seed = id.GetHashCode(StringComparison.Ordinal);
        return Keep(new SentWrite(
            new ImportListingsRequest { RequestId = id, Listing = Writes.Listing(id, seed, persons && (seed & 1) == 0) }, isImport));
    }

    private SentWrite Keep(SentWrite write)
    {
        Sent.Add(write);
        return write;
    }

    private string NextId() => $"{name}-{Interlocked.Increment(ref number)}";

    private static async Task<Listing> SendAsync(RegistryService.RegistryServiceClient registry, SentWrite write)
    {
        var item = write.Item;
        if (write.IsImport)
        {
            using var call = registry.ImportListings();
            await call.RequestStream.WriteAsync(item);
            await call.RequestStream.CompleteAsync();
            var answer = Assert.Single(await call.ResponseStream.ReadAllAsync().ToListAsync());
            Assert.Null(answer.Error);
            return new Listing { ListingId = answer.ListingId, Position = answer.Position };
        }

        return item.ItemCase switch
        {
            ImportListingsRequest.ItemOneofCase.Listing => (await registry.PublishListingAsync(
                new PublishListingRequest { RequestId = item.RequestId, Listing = item.Listing })).Listing,
            ImportListingsRequest.ItemOneofCase.Amend => (await registry.AmendListingAsync(item.Amend)).Listing,
            _ => (await registry.EndListingAsync(item.End)).Listing,
        };
    }
}
