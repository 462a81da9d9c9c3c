using System.Security.Cryptography;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Streaming.Audiences;

/// <summary>Who receives a stream, and the key by which subjects are named to it.</summary>
public sealed class Audience : IDisposable
{
    private readonly SubjectTokenMaker tokens;

    private Audience(AudienceOptions options, ReadOnlySpan<byte> key)
    {
        Options = options;
        tokens = new SubjectTokenMaker(options.Name, key);
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
            keys.Token.Derive($"stream-token\0{options.Name}", key);
        }
        else if (!Convert.TryFromBase64String(File.ReadAllText(options.TokenKeyFile).Trim(), key, out var length) || length != key.Length)
        {
            throw new InvalidDataException($"Kafka:Audiences: the token key of '{options.Name}' must be 32 bytes in base64 (its value is not shown).");
        }

        return new Audience(options, key);
    }

    /// <summary>The token that stands for a subject at this audience.</summary>
    public SubjectToken TokenOf(SubjectId subject) => tokens.Of(subject);

    /// <inheritdoc/>
    public void Dispose() => tokens.Dispose();
}
