using System.Globalization;
using System.IO.Hashing;

namespace CreditExchange.Fallback.Tests;

public class HashingTests
{
    /// <summary>The bytes that the vectors of libxxhash 0.8.1 were made from.</summary>
    private static byte[] Data(int length)
    {
        var data = new byte[length];
        for (int i = 0; i < length; i++) data[i] = (byte)(unchecked((uint)i * 2654435761u) >> 24);
        return data;
    }

    [Fact]
    public void XxHash3_gives_the_answers_of_libxxhash()
    {
        int seen = 0;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "xxhash3-vectors.txt")))
        {
            var parts = line.Split(' ');
            if (parts[0] == "agg") continue;
            ulong seed = ulong.Parse(parts[1], NumberStyles.HexNumber), expected = ulong.Parse(parts[2], NumberStyles.HexNumber);
            Assert.Equal(expected, XxHash3.HashToUInt64(Data(int.Parse(parts[0])), unchecked((long)seed)));
            seen++;
        }
        Assert.Equal(184, seen);
    }

    [Theory]
    [InlineData(0L, 0x31c344b2cb42510aUL)]
    [InlineData(unchecked((long)0x9E3779B185EBCA8DUL), 0x30b8b761220fd85aUL)]
    public void XxHash3_agrees_with_libxxhash_at_every_length_to_3000(long seed, ulong expected)
    {
        var data = Data(3000);
        ulong sum = 0;
        for (int n = 0; n <= 3000; n++) sum = unchecked(sum * 31 + XxHash3.HashToUInt64(data.AsSpan(0, n), seed));
        Assert.Equal(expected, sum);
    }

    [Fact]
    public void StackExchange_Redis_computes_its_digest_with_it()
    {
#pragma warning disable SER002 // for evaluation only: it is the only user of XxHash3
        var digest = StackExchange.Redis.ValueCondition.CalculateDigest("a"u8);
#pragma warning restore SER002
        Assert.Contains("e6c632b61e964e1f", digest.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
