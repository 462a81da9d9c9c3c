using System.Diagnostics;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;

namespace CreditExchange.Benchmarks;

/// <summary>Bulk import through gRPC into SQLite, each answer after its fsync; then restart and memory.</summary>
internal static class ImportBenchmark
{
    private const int Step = 100_000;

    public static async Task RunAsync(int total)
    {
        var (server, _) = await BenchmarkServer.StartAsync();
        await using var owned = server;
        var empty = Machine.ResidentOf(server.Pid);
        Console.WriteLine($"## bulk import to {total:N0} listings (goal: >= 15,000/s at 1,000,000)");
        Console.WriteLine("   listings already there      rate    server CPU/listing   server memory");
        var today = LegalDay.Of(TimeProvider.System.GetUtcNow());
        var listings = SampleListings.Generate(21, total * 2, today).Where(s => s.Publisher == "hainan-high-court").Select(s => s.Listing);
        using var source = listings.GetEnumerator();
        for (var done = 0; done <= total; done += Step)
        {
            var batch = new List<byte[]>(Step);
            while (batch.Count < Step && source.MoveNext())
            {
                batch.Add(new ImportListingsRequest { RequestId = source.Current.SourceRef, Listing = source.Current }.ToByteArray());
            }

            if (batch.Count == 0)
            {
                break;
            }

            var cpu = Machine.CpuOf(server.Pid);
            var seconds = await ImportAsync(server, batch);
            var used = (Machine.CpuOf(server.Pid) - cpu).TotalMicroseconds / batch.Count;
            Console.WriteLine(
                $"   {done,12:N0}         {batch.Count / seconds,10:N0}/s      {used,6:F1} µs      {Machine.ResidentOf(server.Pid) >> 20,8:N0} MB");
        }

        var resident = Machine.ResidentOf(server.Pid);
        Console.WriteLine($"   memory per listing {(resident - empty) / (double)(total + Step):F0} bytes (resident, after the import)");
        await server.StopAsync();
        await RestartAsync(server.Data, total, "killed, from the image of the view and the ledger's tail");
        File.Delete(Path.Combine(server.Data, "view.image"));
        await RestartAsync(server.Data, total, "without an image, from the ledger alone");
        await RestartAsync(server.Data, total, "from an image written at a stop", stopsWell: true);
    }

    private static async Task RestartAsync(string data, int total, string how, bool stopsWell = false)
    {
        if (stopsWell)
        {
            var (last, _) = await BenchmarkServer.StartAsync(data);
            await last.TerminateAsync();
            last.Dispose();
        }

        var (server, ready) = await BenchmarkServer.StartAsync(data);
        await using var owned = server;
        var started = Stopwatch.GetTimestamp();
        var lookup = new LookupService.LookupServiceClient(server.Connect("hainan-approval"));
        var answer = await lookup.CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = SampleIds.Uscc(new Random(1)),
            Matter = "approval.notification-commitment",
            Purpose = "bench-1",
        });
        var first1 = ready + Stopwatch.GetElapsedTime(started);
        Console.WriteLine(
            $"## restart with {total:N0} listings to the first answer (goal: <= 15 s at 1,000,000), {how}: {first1.TotalSeconds:F1} s at position {answer.Position:N0}, "
            + $"{Machine.ResidentOf(server.Pid) >> 20:N0} MB resident");
    }

    // The requests are made before the clock runs: both sides share the cores, and it is the hub that is measured.
    private static readonly Method<byte[], ImportListingsResponse> Import = new(
        MethodType.DuplexStreaming,
        RegistryService.Descriptor.FullName,
        "ImportListings",
        Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes),
        Marshallers.Create<ImportListingsResponse>(m => m.ToByteArray(), ImportListingsResponse.Parser.ParseFrom));

    internal static async Task<double> ImportAsync(BenchmarkServer server, List<byte[]> batch)
    {
        using var call = server.Connect("hainan-high-court").AsyncDuplexStreamingCall(Import, null, default);
        var started = Stopwatch.GetTimestamp();
        var reading = Task.Run(async () =>
        {
            var answers = 0;
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                if (call.ResponseStream.Current.Error is { } error)
                {
                    throw new InvalidOperationException(error.Message);
                }

                answers++;
            }

            return answers;
        });
        var hint = new WriteOptions(WriteFlags.BufferHint);
        for (var i = 0; i < batch.Count; i++)
        {
            call.RequestStream.WriteOptions = i % 64 == 63 ? WriteOptions.Default : hint;
            await call.RequestStream.WriteAsync(batch[i]);
        }

        await call.RequestStream.CompleteAsync();
        var answered = await reading;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return answered == batch.Count ? seconds : throw new InvalidOperationException($"{answered} answers to {batch.Count} items.");
    }
}
