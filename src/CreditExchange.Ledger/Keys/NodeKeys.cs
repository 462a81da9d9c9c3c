using System.Text;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger.Keys;
using CreditExchange.V1;

namespace CreditExchange.Ledger;

/// <summary>
/// The hub's keys for a node without a ledger: they travel as keys.db has them, under the wrapping key, which every node has by
/// its own configuration. A node keeps them in memory only.
/// </summary>
public static class NodeKeys
{
    /// <summary>Opens what <see cref="KeyBook.Wrapped"/> gave.</summary>
    /// <param name="wrappingKeys">The wrapping key, then those of before; 32 bytes each.</param>
    /// <param name="wrapped">The keys.</param>
    /// <exception cref="LedgerRefusedException">They lie under another wrapping key, or one is missing.</exception>
    public static HubKeys Open(IReadOnlyList<byte[]> wrappingKeys, IReadOnlyCollection<WrappedHubKey> wrapped)
    {
        var wrapping = wrappingKeys.Select(key => new WrappingKey(key)).ToList();
        try
        {
            var active = Of(KeyState.Current).SingleOrDefault() ?? throw Lacks("subject");
            var subjects = new SubjectKeySet(active, Of(KeyState.Live).SingleOrDefault(), Of(KeyState.Retiring).SingleOrDefault());
            return new HubKeys(subjects, [.. Of(KeyState.Retired)], Single("token"), Single("request"));
        }
        finally
        {
            wrapping.ForEach(key => key.Dispose());
        }

        IEnumerable<SubjectKeyer> Of(KeyState state) => wrapped.Where(k => k.Purpose == "subject" && k.State == state).Select(Keyer);

        SubjectKeyer Single(string purpose) => Keyer(wrapped.SingleOrDefault(k => k.Purpose == purpose) ?? throw Lacks(purpose));

        SubjectKeyer Keyer(WrappedHubKey key)
        {
            var bytes = key.Wrapped.Span;
            var id = WrappingKey.IdOf(bytes);
            var under = wrapping.Find(k => k.Id == id) ?? throw new LedgerRefusedException(
                "The hub's keys lie under another wrapping key than this node has. Give it the one of the full node.");
            return new SubjectKeyer((byte)key.Version, under.Unwrap(bytes, Encoding.ASCII.GetBytes(key.Purpose), key.Version));
        }
    }

    private static LedgerRefusedException Lacks(string purpose) => new($"The full node gave no key for '{purpose}'.");
}
