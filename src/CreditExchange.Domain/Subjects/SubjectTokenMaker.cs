using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// Makes the tokens that stand for a subject at one audience: the subject key's construction under a key of the audience's own, so that
/// two audiences can't compare what they hold. Safe for many threads.
/// </summary>
/// <param name="audience">For whom.</param>
/// <param name="key32">The audience's key, 32 bytes.</param>
/// <param name="keyVersion">Its version, from 1.</param>
public sealed class SubjectTokenMaker(string audience, ReadOnlySpan<byte> key32, uint keyVersion = 1) : IDisposable
{
    // The tokens' version stands beside them, not in them.
    private readonly SubjectKeyer keyer = new(1, key32);

    /// <summary>The token of a subject.</summary>
    public SubjectToken Of(SubjectId subject)
    {
        Span<byte> bytes = stackalloc byte[SubjectKey.Length];
        keyer.Compute(subject).WriteTo(bytes);
        return new SubjectToken { Audience = audience, KeyVersion = keyVersion, Value = ByteString.CopyFrom(bytes[1..]) };
    }

    /// <summary>Overwrites the key.</summary>
    public void Dispose() => keyer.Dispose();
}
