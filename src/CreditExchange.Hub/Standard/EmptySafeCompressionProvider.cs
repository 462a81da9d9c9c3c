using System.IO.Compression;
using Grpc.Net.Compression;

namespace CreditExchange.Hub.Standard;

/// <summary>Compresses empty messages too.</summary>
/// <remarks>
/// The compression streams of .NET write nothing at all for an empty message, which strict clients, such as those of
/// Node.js and Java, refuse to decompress. This writes the compressed form of nothing.
/// </remarks>
public sealed class EmptySafeCompressionProvider : ICompressionProvider
{
    private readonly ICompressionProvider provider;
    private readonly byte[] nothing;

    private EmptySafeCompressionProvider(ICompressionProvider provider, byte[] nothing)
    {
        this.provider = provider;
        this.nothing = nothing;
    }

    /// <inheritdoc/>
    public string EncodingName => provider.EncodingName;

    /// <summary>The "gzip" encoding.</summary>
    public static EmptySafeCompressionProvider Gzip(CompressionLevel level) =>
        new(new GzipCompressionProvider(level), [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    /// <summary>The "deflate" encoding.</summary>
    public static EmptySafeCompressionProvider Deflate(CompressionLevel level) =>
        new(new DeflateCompressionProvider(level), [0x78, 0x9c, 3, 0, 0, 0, 0, 1]);

    /// <inheritdoc/>
    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        new CompressionStream(provider.CreateCompressionStream(stream, compressionLevel), stream, nothing);

    /// <inheritdoc/>
    public Stream CreateDecompressionStream(Stream stream) => provider.CreateDecompressionStream(stream);

    private sealed class CompressionStream(Stream compressor, Stream target, byte[] nothing) : Stream
    {
        private bool written;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            written |= !buffer.IsEmpty;
            compressor.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => compressor.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                compressor.Dispose();
                if (!written)
                {
                    target.Write(nothing);
                }
            }

            base.Dispose(disposing);
        }
    }
}
