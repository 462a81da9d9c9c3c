using System.Text;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>Who is on a list must not be readable in any file, log line or metric.</summary>
public sealed class PlainTextTests : IDisposable
{
    private const int Persons = 100;
    private readonly string data = Directory.CreateTempSubdirectory("hub-plain-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task No_persons_number_or_name_stands_in_clear_in_files_log_or_metrics()
    {
        await using var hub = await HubProcess.StartAsync(data, "Logging__LogLevel__Default=Trace", "Logging__LogLevel__Microsoft=Debug");
        var registry = hub.Registry(Writes.Court);
        var secrets = new List<string>();
        for (var i = 0; i < Persons; i++)
        {
            var publish = Writes.Publish($"person-{i}", i, person: true);
            publish.Listing.SubjectName = $"密{(char)('\u4e00' + i)}{(char)('\u5e00' + i)}某";
            secrets.AddRange([publish.Listing.Subject.Number, publish.Listing.SubjectName]);
            var listing = (await registry.PublishListingAsync(publish)).Listing;
            await registry.AmendListingAsync(Writes.Amend($"amend-{i}", listing.ListingId, 1));
            if (i % 2 == 0)
            {
                await registry.EndListingAsync(Writes.End($"end-{i}", listing.ListingId, 2));
            }

            var check = await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(listing.Subject, listing.Position));
            Assert.NotEmpty(check.CheckId);

            // Refusals too must not repeat what they refuse.
            publish.RequestId = $"again-{i}";
            await Assert.ThrowsAsync<RpcException>(async () => await registry.PublishListingAsync(i % 2 == 0 ? Broken(publish) : publish));
        }

        // A number with a wrong check digit is as personal as a right one.
        var wrong = TestListings.Person(9_999);
        wrong.Number = wrong.Number[..17] + (wrong.Number[17] == '0' ? '1' : '0');
        secrets.Add(wrong.Number);
        await Assert.ThrowsAsync<RpcException>(async () => await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(wrong)));

        var metrics = await hub.MetricsAsync();
        var running = ReadAll();
        await hub.StopAsync();
        var stopped = ReadAll();
        Assert.Contains(running.Keys, f => f.EndsWith("ledger.db-wal", StringComparison.Ordinal));
        var log = Encoding.UTF8.GetBytes(string.Join('\n', hub.Output));
        Assert.True(log.Length > 10_000);

        // The scanner finds what does stand in clear: who published is no secret.
        Assert.Contains(stopped, f => f.Key.EndsWith("ledger.db", StringComparison.Ordinal) && Contains(f.Value, Writes.Court));
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, metrics, StringComparison.Ordinal);
            Assert.False(Contains(log, secret), $"In the log: {secret}");
            foreach (var (file, bytes) in running.Concat(stopped))
            {
                Assert.False(Contains(bytes, secret), $"In {file}: {secret}");
            }
        }
    }

    private static PublishListingRequest Broken(PublishListingRequest publish)
    {
        publish.Listing.Document.DecidedOn = "2025-02-30";
        return publish;
    }

    private Dictionary<string, byte[]> ReadAll() => Directory.GetFiles(data, "*", SearchOption.AllDirectories)
        .Where(f => !f.EndsWith("-shm", StringComparison.Ordinal) && !f.EndsWith(".lock", StringComparison.Ordinal))
        .ToDictionary(f => f, ReadShared);

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static bool Contains(byte[] bytes, string text) =>
        bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0 || bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(text)) >= 0;
}
