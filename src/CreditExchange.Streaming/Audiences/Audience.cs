using System.Security.Cryptography;
using System.Text;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Streaming.Audiences;

/// <summary>Who receives a stream, and the key by which subjects are named to it.</summary>
public sealed class Audience : IDisposable
{
    private const int KeyVersion = 1;
    private readonly SubjectKeyer keyer;

    private Audience(AudienceOptions options, ReadOnlySpan<byte> key)
    {
        Options = options;
        keyer = new SubjectKeyer(KeyVersion, key);
        TokenKeyId = Convert.ToHexStringLower(HMACSHA256.HashData(key, "token-key-id"u8)[..8]);
    }

    /// <summary>Its configuration.</summary>
    public AudienceOptions Options { get; }

    /// <summary>Its name.</summary>
    public string Name => Options.Name;

    /// <summary>Names the key of its tokens; tells nothing of the key.</summary>
    public string TokenKeyId { get; }

    /// <summary>The audience with its agreed key, or one that the hub derives from its token key for nobody but itself.</summary>
    /// <exception cref="InvalidDataException">The key's file is not 32 bytes in base64.</exception>
    public static Audience Open(AudienceOptions options, HubKeys keys)
    {
        Span<byte> key = stackalloc byte[32];
        if (options.TokenKeyFile.Length == 0)
        {
            Derive(keys, options.Name, key);
        }
        else if (!Convert.TryFromBase64String(File.ReadAllText(options.TokenKeyFile).Trim(), key, out var length) || length != key.Length)
        {
            throw new InvalidDataException($"Kafka:Audiences: the token key of '{options.Name}' must be 32 bytes in base64 (its value is not shown).");
        }

        return new Audience(options, key);
    }

    /// <summary>The token that stands for a subject at this audience.</summary>
    public SubjectToken TokenOf(SubjectId subject)
    {
        Span<byte> bytes = stackalloc byte[SubjectKey.Length];
        keyer.Compute(subject).WriteTo(bytes);
        return new SubjectToken { Audience = Name, KeyVersion = KeyVersion, Value = ByteString.CopyFrom(bytes[1..]) };
    }

    /// <inheritdoc/>
    public void Dispose() => keyer.Dispose();

    // Two blocks of the token key's MAC over distinct labels (NIST SP 800-108, counter mode), as for watchers.
    private static void Derive(HubKeys keys, string audience, Span<byte> key)
    {
        keys.Token.Mac(Encoding.UTF8.GetBytes($"\u0001stream-token\0{audience}"), key[..16]);
        keys.Token.Mac(Encoding.UTF8.GetBytes($"\u0002stream-token\0{audience}"), key[16..]);
    }
}
