using System.Globalization;
using System.Security.Cryptography;
using CreditExchange.Client.Streams;
using CreditExchange.Client.Streams.Following;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Streaming.Tests.Consumer;

/// <summary>The vectors of docs/streaming.md.</summary>
public sealed class VectorTests
{
    private const string Ledger = "7f3a9c.1";
    private const string Topic = "creditexchange.listing-events.v1";

    [Fact]
    public void Keys_stand_in_the_partitions_of_the_documents()
    {
        var rows = Rows("### Partitions", 3);
        Assert.Equal(12, rows.Count);
        foreach (var row in rows)
        {
            var count = int.Parse(row[1], CultureInfo.InvariantCulture);
            Assert.Equal(row[2], $"{StreamPartition.Of(row[0], count)}");
            Assert.Equal(row[2], $"{StreamPartition.Of(System.Text.Encoding.ASCII.GetBytes(row[0]), count)}");
        }
    }

    [Fact]
    public void Digests_are_those_of_the_documents()
    {
        var rows = Rows("### Digests", 3);
        Assert.Equal(4, rows.Count);
        var digest = new StreamDigest(Ledger, Topic, 3);
        Assert.Equal(rows[0][2], Convert.ToHexStringLower(digest.Value));
        foreach (var (row, name) in rows.Skip(1).Zip(["one", "two", "three"]))
        {
            Assert.Equal(row[1], Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(name))));
            digest.Append(long.Parse(row[0], CultureInfo.InvariantCulture), Convert.FromHexString(row[1]));
            Assert.Equal(row[2], Convert.ToHexStringLower(digest.Value));
        }

        Assert.Equal((3, 1042), (digest.Count, digest.Last));
    }

    [Fact]
    public void The_sealed_listing_of_the_documents_opens_to_its_plaintext()
    {
        var values = Rows("### A sealed listing", 2).ToDictionary(r => r[0], r => Convert.FromHexString(r[1]));
        var sealedEvent = new LedgerEvent
        {
            Position = 1042,
            Kind = EventKind.Amended,
            SealedListing = new SealedListing
            {
                ListingId = "L-1",
                Revision = 2,
                Suite = SealedContent.Suite,
                Nonce = ByteString.CopyFrom(values["nonce"]),
                Content = ByteString.CopyFrom(values["content"]),
            },
        };
        var opened = SealedContent.Open(sealedEvent, Ledger, values["key"]);
        var expected = LedgerEvent.Parser.ParseFrom(values["plaintext"]);
        Assert.Equal("测试人甲", expected.Listing.SubjectName);
        (expected.Position, expected.Kind) = (1042, EventKind.Amended);
        Assert.Equal(expected, opened);
        Assert.Equal("7f3a9c.1\0\0\0\0\0\0\u0004\u0012", System.Text.Encoding.Latin1.GetString(values["associated data"]));
    }

    [Fact]
    public void The_faults_of_the_documents_are_those_of_the_library()
    {
        var told = Page().Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]).ToHashSet();
        Assert.All(Enum.GetValues<StreamFault>().Where(f => f != StreamFault.None), fault => Assert.Contains($"{fault}", told));
    }

    private static List<string[]> Rows(string heading, int cells)
    {
        var section = Page().SkipWhile(line => line != heading).Skip(1).TakeWhile(line => !line.StartsWith('#'));
        return [.. section.Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')).Where(parts => parts.Length == (2 * cells) + 1)
            .Select(parts => parts.Where((_, i) => i % 2 == 1).ToArray())];
    }

    private static string[] Page()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "CreditExchange.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository's root was not found.");
        }

        return File.ReadAllLines(Path.Combine(folder.FullName, "docs", "streaming.md"));
    }
}
