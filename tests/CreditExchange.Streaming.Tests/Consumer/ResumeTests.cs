using CreditExchange.Client.Streams.Following;
using CreditExchange.TestKit;

namespace CreditExchange.Streaming.Tests.Consumer;

public sealed class ResumeTests : IDisposable
{
    private readonly TestKafka kafka = new(1);
    private readonly WrittenStream stream;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stream-progress-");

    public ResumeTests() => stream = new WrittenStream(kafka);

    private string File => Path.Combine(folder.FullName, "shop.progress");

    [Fact]
    public async Task A_consumer_that_failed_goes_on_with_the_event_that_it_failed_at()
    {
        Write(1, 40);
        var (heard, store) = (new HeardStream { FailsAt = 23 }, new StreamProgressFile(File));
        var consumer = new StreamConsumer(stream.Options(), heard, store);
        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => consumer.RunAsync(CancellationToken.None));
        Assert.Equal("can't apply 23", fault.Message);
        var kept = await store.ReadAsync(CancellationToken.None);
        Assert.Equal((WrittenStream.Ledger, WrittenStream.Events, 2), (kept!.LedgerId, kept.Topic, kept.Partitions.Count));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }

        heard.FailsAt = 0;
        Write(41, 50);
        // The ledger's id comes from the progress.
        var second = new StreamConsumer(stream.Options(ledgerId: ""), heard, store);
        await HeardStream.RunUntilAsync(second, "all is proved", () => second.VerifiedThrough == 50);
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), heard.Positions.Order());
        Assert.Equal(["shop.progress"], folder.GetFiles().Select(f => f.Name));

        var third = new StreamConsumer(stream.Options(), heard, store);
        await HeardStream.RunUntilAsync(third, "what was proved is known", () => third.VerifiedThrough == 50);
        Assert.Equal(50, heard.Events.Count);
    }

    [Fact]
    public async Task A_crash_repeats_what_was_not_saved_with_the_same_positions_and_nothing_else()
    {
        Write(1, 30);
        var first = new HeardStream();
        var consumer = new StreamConsumer(stream.Options(saveEvery: 10), first, new CrashedStore(first, writes: 2));
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => consumer.VerifiedThrough == 30);
        // The second save was the last that reached the disk: what came after it is told again.
        var saved = first.Progress!.Partitions.Select(p => p.LastPosition).ToArray();
        var again = new HeardStream { Progress = first.Progress };
        var second = new StreamConsumer(stream.Options(), again, again);
        await HeardStream.RunUntilAsync(second, "all is proved", () => second.VerifiedThrough == 30);
        Assert.Equal(
            first.Events.Where(e => e.Position > saved[e.Partition]).Select(e => (e.Position, e.Partition, e.Offset)).Order(),
            again.Events.Select(e => (e.Position, e.Partition, e.Offset)).Order());
        Assert.InRange(again.Events.Count, 1, 29);
    }

    [Fact]
    public async Task A_file_that_is_no_progress_is_refused_and_not_taken_for_a_newcomers()
    {
        foreach (var text in new[] { "", "{}", "{\"ledger_id\":\"a.1\"", "null", "[]" })
        {
            await System.IO.File.WriteAllTextAsync(File, text);
            var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => new StreamProgressFile(File).ReadAsync(CancellationToken.None).AsTask());
            Assert.Contains("is no progress of a stream", refusal.Message, StringComparison.Ordinal);
        }
    }

    public void Dispose()
    {
        stream.Dispose();
        kafka.Dispose();
        folder.Delete(recursive: true);
    }

    private void Write(int from, int to)
    {
        for (var position = from; position <= to; position++)
        {
            stream.Write(stream.KeyIn(position % 2), WrittenStream.Told(position, $"L{position}"));
        }

        stream.Checkpoint(to);
        stream.Flush();
    }

    // Writes after the first so many are lost, as with a machine that lost power.
    private sealed class CrashedStore(HeardStream kept, int writes) : IStreamProgressStore
    {
        private int left = writes;

        public ValueTask<StreamProgress?> ReadAsync(CancellationToken cancellation) => kept.ReadAsync(cancellation);

        public ValueTask WriteAsync(StreamProgress progress, CancellationToken cancellation) =>
            left-- > 0 ? kept.WriteAsync(progress, cancellation) : ValueTask.CompletedTask;
    }
}
