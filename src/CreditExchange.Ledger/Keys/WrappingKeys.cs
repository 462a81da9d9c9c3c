using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace CreditExchange.Ledger.Keys;

/// <summary>The wrapping key under which is wrapped now, and those under which something may still lie.</summary>
internal sealed class WrappingKeys : IDisposable
{
    private readonly ConcurrentDictionary<string, WrappingKey> _all = new(StringComparer.Ordinal);
    private volatile WrappingKey _current;

    private WrappingKeys(WrappingKey current)
    {
        _current = current;
        _all[current.Id] = current;
    }

    public WrappingKey Current => _current;

    /// <summary>The keys that the options give, or that Development made.</summary>
    public static WrappingKeys From(LedgerOptions options)
    {
        var keys = new WrappingKeys(new WrappingKey(options.WrappingKey ?? FromFile(options)));
        foreach (var previous in options.PreviousWrappingKeys)
        {
            keys.Add(previous);
        }

        if (options is { WrappingKey: null, CreateWrappingKey: true })
        {
            foreach (var previous in new WrappingKeyFiles(options.DataFolder).Previous())
            {
                keys.Add(previous);
            }
        }

        return keys;
    }

    private static byte[] FromFile(LedgerOptions options) => options.CreateWrappingKey
        ? new WrappingKeyFiles(options.DataFolder).Current(mayMake: !File.Exists(options.KeyFile), options.KeyFile)
        : throw new LedgerRefusedException("No wrapping key is given. Give one of 32 bytes; only Development makes its own.");

    public bool Knows(string id) => _all.ContainsKey(id);

    /// <summary>Takes a key in, under which something may lie; its id.</summary>
    public string Add(byte[] key)
    {
        var made = new WrappingKey(key);
        if (!_all.TryAdd(made.Id, made))
        {
            made.Dispose();
        }

        return made.Id;
    }

    public void MakeCurrent(string id) => _current = _all[id];

    public byte[] Wrap(ReadOnlySpan<byte> key, ReadOnlySpan<byte> purpose, long number, ReadOnlySpan<byte> nonce) =>
        _current.Wrap(key, purpose, number, nonce);

    public byte[] Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> purpose, long number) =>
        KeyOf(wrapped).Unwrap(wrapped, purpose, number);

    /// <summary>The same into bytes of the caller's.</summary>
    public void Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> purpose, long number, Span<byte> key) =>
        KeyOf(wrapped).Unwrap(wrapped, purpose, number, key);

    // Nearly always the current one, which is known by its bytes without making a name of them.
    private WrappingKey KeyOf(ReadOnlySpan<byte> wrapped)
    {
        var current = _current;
        return current.HasWrapped(wrapped) ? current : _all.GetValueOrDefault(WrappingKey.IdOf(wrapped)) ?? current;
    }

    /// <summary>The same under the current key; the same array when it lies under it already.</summary>
    public byte[] Renew(byte[] wrapped, ReadOnlySpan<byte> purpose, long number)
    {
        var current = _current;
        if (current.HasWrapped(wrapped))
        {
            return wrapped;
        }

        var key = Unwrap(wrapped, purpose, number);
        var renewed = current.Wrap(key, purpose, number, RandomNumberGenerator.GetBytes(12));
        CryptographicOperations.ZeroMemory(key);
        return renewed;
    }

    public void Dispose()
    {
        foreach (var key in _all.Values)
        {
            key.Dispose();
        }
    }
}
