using System.Runtime.CompilerServices;
using CreditExchange.Domain.Subjects;
using CreditExchange.Lookup.Effects;

namespace CreditExchange.Lookup;

/// <content>Reading subjects, without a lock.</content>
public sealed partial class LookupView
{
    /// <summary>What is known of one subject and of the ids that carry over to it, all at one position.</summary>
    public void Read(in SubjectKey key, out SubjectReading reading) => ReadGuarded(key, withLinks: true, out reading);

    /// <summary>What is known of one subject itself, without the ids linked to it, at one position.</summary>
    public void ReadOwn(in SubjectKey key, out SubjectReading reading) => ReadGuarded(key, withLinks: false, out reading);

    private void ReadGuarded(in SubjectKey key, bool withLinks, out SubjectReading reading)
    {
        if (guard.TryBegin(out var before))
        {
            ReadNow(key, withLinks, out reading);
            if (guard.IsStill(before))
            {
                return;
            }
        }

        ReadAgain(key, withLinks, out reading);
    }

    private void ReadAgain(in SubjectKey key, bool withLinks, out SubjectReading reading)
    {
        var wait = new SpinWait();
        for (var attempt = 0; attempt < 100; attempt++)
        {
            wait.SpinOnce();
            if (guard.TryBegin(out var before))
            {
                ReadNow(key, withLinks, out reading);
                if (guard.IsStill(before))
                {
                    return;
                }
            }
        }

        // Never seen in practice: the writer is at work for microseconds an event.
        using (guard.HoldStill())
        {
            ReadNow(key, withLinks, out reading);
        }
    }

    /// <summary>What is known of one subject, also under the tokens by which partners name it, at one position.</summary>
    /// <param name="key">The subject's key.</param>
    /// <param name="tokens">Keys of its tokens: <see cref="SubjectKey.OfToken"/>.</param>
    /// <param name="reading">Takes what is known.</param>
    public void Read(in SubjectKey key, ReadOnlySpan<SubjectKey> tokens, out SubjectReading reading)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            if (guard.TryBegin(out var before))
            {
                ReadUnguarded(key, tokens, out reading);
                if (guard.IsStill(before))
                {
                    return;
                }
            }
        }

        using (guard.HoldStill())
        {
            ReadUnguarded(key, tokens, out reading);
        }
    }

    /// <summary>The same, within <see cref="ReadTogether"/> alone.</summary>
    public void ReadUnguarded(in SubjectKey key, ReadOnlySpan<SubjectKey> tokens, out SubjectReading reading)
    {
        ReadNow(key, withLinks: true, out reading);
        foreach (ref readonly var token in tokens)
        {
            ReadTable(token, out var effects);
            if (effects.Count > 0)
            {
                reading.Join(effects);
            }
        }
    }

    /// <summary>Reads many subjects at one position: without a lock, unless the writer comes between too often.</summary>
    /// <param name="readAll">Reads by <c>ReadUnguarded</c>; called again when an event came meanwhile.</param>
    /// <returns>What the reader returned at last.</returns>
    public bool ReadTogether(Func<bool> readAll)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            if (guard.TryBegin(out var before))
            {
                var result = readAll();
                if (guard.IsStill(before))
                {
                    return result;
                }
            }
        }

        using (guard.HoldStill())
        {
            return readAll();
        }
    }

    /// <summary>What is known of one subject, within <see cref="ReadTogether"/> alone.</summary>
    public void ReadUnguarded(in SubjectKey key, out SubjectReading reading) => ReadNow(key, withLinks: true, out reading);

    /// <summary>Whether anything is filed under a partner's token.</summary>
    public bool HoldsTokens => Volatile.Read(ref tables[SubjectKey.TokenVersion]) is not null;

    private EffectSet OwnOf(in SubjectKey key)
    {
        ReadTable(key, out var effects);
        return effects;
    }

    private void ReadTable(in SubjectKey key, out EffectSet effects)
    {
        if (Volatile.Read(ref tables[key.Version]) is { } table)
        {
            table.Read(key, out effects);
        }
        else
        {
            effects = default;
        }
    }

    private void ReadNow(in SubjectKey key, bool withLinks, out SubjectReading reading)
    {
        Unsafe.SkipInit(out reading);
        ReadTable(key, out reading.Own);
        reading.Position = clock.Position;
        reading.Rules = Volatile.Read(ref rules) ?? throw NoCatalogue();
        if (withLinks && !links.IsEmpty && links.Touches(key))
        {
            reading.Own = new EffectSet(links.Collect(key, reading.Own, readOwn, Codes, reading.Rules.Catalogue));
        }
    }
}
