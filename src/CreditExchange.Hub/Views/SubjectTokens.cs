using System.Collections.Concurrent;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Views;

/// <summary>The makers of tokens for those who are answered by the hub, under keys derived from its token key.</summary>
public sealed class SubjectTokens(ILedger ledger)
{
    private readonly ConcurrentDictionary<string, Func<SubjectId, SubjectToken>> audiences = new(StringComparer.Ordinal);

    /// <summary>The maker of tokens for an audience.</summary>
    public Func<SubjectId, SubjectToken> For(string audience) => audiences.GetOrAdd(audience, Create);

    private Func<SubjectId, SubjectToken> Create(string audience)
    {
        Span<byte> key = stackalloc byte[32];
        ledger.Keys.Token.Derive($"subject-token\0{audience}", key);
        return new SubjectTokenMaker(audience, key).Of;
    }
}
