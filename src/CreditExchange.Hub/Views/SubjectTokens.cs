using System.Collections.Concurrent;
using System.Text;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Views;

/// <summary>
/// Makes the tokens that stand for a subject at one audience: the subject key's construction under a key of the audience's
/// own, derived from the hub's token key, so that two audiences can't compare what they hold.
/// </summary>
public sealed class SubjectTokens(ILedger ledger)
{
    private const int KeyVersion = 1;
    private readonly ConcurrentDictionary<string, Func<SubjectId, SubjectToken>> audiences = new(StringComparer.Ordinal);

    /// <summary>The maker of tokens for an audience.</summary>
    public Func<SubjectId, SubjectToken> For(string audience) => audiences.GetOrAdd(audience, Create);

    private Func<SubjectId, SubjectToken> Create(string audience)
    {
        // Two blocks of the token key's MAC over distinct labels make the audience's 32-byte key (NIST SP 800-108, counter).
        Span<byte> key = stackalloc byte[32];
        ledger.Keys.Token.Mac(Encoding.UTF8.GetBytes($"\u0001subject-token\0{audience}"), key[..16]);
        ledger.Keys.Token.Mac(Encoding.UTF8.GetBytes($"\u0002subject-token\0{audience}"), key[16..]);
        var keyer = new SubjectKeyer(KeyVersion, key);
        return subject =>
        {
            Span<byte> bytes = stackalloc byte[SubjectKey.Length];
            keyer.Compute(subject).WriteTo(bytes);
            return new SubjectToken { Audience = audience, KeyVersion = KeyVersion, Value = ByteString.CopyFrom(bytes[1..]) };
        };
    }
}
