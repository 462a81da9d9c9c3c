using CreditExchange.Domain.Subjects;

namespace CreditExchange.Domain.Tests.Subjects;

public class AesCmacTests
{
    // NIST SP 800-38B, appendix D.3.
    private const string Key = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    private const string Message =
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

    [Theory]
    [InlineData(0, "028962f61b7bf89efc6b551f4667d983")]
    [InlineData(16, "28a7023f452e8f82bd4bf28d8c37c35c")]
    [InlineData(40, "aaf3d8f1de5640c232f5b169b9c911e6")]
    [InlineData(64, "e1992190549f6ed5696a2c056c315410")]
    public void The_published_vectors_come_out_both_ways(int length, string expected)
    {
        foreach (var hardware in Ways())
        {
            using var cmac = new AesCmac(Convert.FromHexString(Key), hardware);
            Assert.Equal(expected, Mac(cmac, Convert.FromHexString(Message).AsSpan(0, length)));
        }
    }

    [Fact]
    public void Hardware_and_platform_agree_on_any_key_and_length()
    {
        var random = new Random(7);
        for (var n = 0; n < 500; n++)
        {
            var key = new byte[32];
            var message = new byte[random.Next(0, 200)];
            random.NextBytes(key);
            random.NextBytes(message);
            var macs = new HashSet<string>();
            foreach (var hardware in Ways())
            {
                using var cmac = new AesCmac(key, hardware);
                macs.Add(Mac(cmac, message));
            }

            Assert.Single(macs);
        }
    }

    [Fact]
    public void Many_threads_share_one_key()
    {
        foreach (var hardware in Ways())
        {
            using var cmac = new AesCmac(Convert.FromHexString(Key), hardware);
            Parallel.For(0, 2000, i =>
            {
                var length = new[] { 0, 16, 40, 64 }[i % 4];
                var expected = new[]
                {
                    "028962f61b7bf89efc6b551f4667d983", "28a7023f452e8f82bd4bf28d8c37c35c",
                    "aaf3d8f1de5640c232f5b169b9c911e6", "e1992190549f6ed5696a2c056c315410",
                }[i % 4];
                Assert.Equal(expected, Mac(cmac, Convert.FromHexString(Message).AsSpan(0, length)));
            });
        }
    }

    [Fact]
    public void A_disposed_key_computes_nothing()
    {
        var cmac = new AesCmac(Convert.FromHexString(Key));
        cmac.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cmac.Compute([], new byte[16]));
        Assert.Throws<ArgumentException>(() => new AesCmac(new byte[16]));
    }

    private static bool[] Ways() => System.Runtime.Intrinsics.X86.Aes.IsSupported ? [true, false] : [false];

    private static string Mac(AesCmac cmac, ReadOnlySpan<byte> message)
    {
        var mac = new byte[16];
        cmac.Compute(message, mac);
        return Convert.ToHexStringLower(mac);
    }
}
