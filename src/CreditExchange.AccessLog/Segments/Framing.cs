namespace CreditExchange.AccessLog.Segments;

/// <summary>
/// How a record stands in its file: its length (4 bytes, little endian), its bytes, the chain hash after it (32 bytes), and
/// zeros up to a multiple of 8. A length of 0, or the end of the file, is the end of the segment.
/// </summary>
internal static class Framing
{
    public const int LengthBytes = 4;
    public const int HashBytes = 32;

    /// <summary>A longer record is a fault of the writer; a longer length in a file is damage.</summary>
    public const int LongestRecord = 1 << 20;

    /// <summary>What a record takes.</summary>
    public static int SizeOf(int record) => (LengthBytes + record + HashBytes + 7) & ~7;
}
