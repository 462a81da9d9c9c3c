using System.Globalization;
using CreditExchange.Ledger.Keys;
using CreditExchange.Ledger.Sqlite;
using CreditExchange.V1;

namespace CreditExchange.Ledger;

/// <summary>The keys of one hub: what there is, and their rotation. All members may be called from any thread; none gives a key in clear.</summary>
public sealed class KeyBook
{
    private const int CountPage = 5_000;
    private readonly KeyStore _store;
    private readonly SubjectRows _subjects;
    private readonly TimeProvider _time;
    private readonly WrappingRotation _wrapping;

    internal KeyBook(LedgerOptions options, KeyStore store, SubjectRows subjects, TimeProvider time)
    {
        _store = store;
        _subjects = subjects;
        _time = time;
        _wrapping = new WrappingRotation(options, store, time);
    }

    /// <summary>The rotation that a request started; null: it is new.</summary>
    public StartedRotation? Find(RequestKey key) => Locked(() => _store.Lives.Find(key));

    /// <summary>The request that brought a key; null: none did.</summary>
    public StartedRotation? Find(KeyPurpose purpose, string id) => Locked(() => _store.Lives.Find(purpose, id));

    /// <summary>Remembers a rotation of a key that is kept elsewhere.</summary>
    public void Record(RotationRequest request, KeyPurpose purpose, string id) =>
        Change(() => _store.Lives.Start(request, purpose, id, _time.GetUtcNow()));

    /// <summary>Remembers that a key, kept elsewhere, is used no more.</summary>
    public void RecordRetired(KeyRecord key) => Change(() => _store.Lives.Put(key.Purpose, key.Id, KeyState.Retired, key.Since, key.Until));

    /// <summary>All keys that are kept here, with the rows that need them. Reads them: a second for a million.</summary>
    public IReadOnlyList<KeyRecord> Status(CancellationToken cancel)
    {
        // Rows first: a key that is shown as retired must not have rows of a moment before.
        var known = Locked(_store.Lives.All);
        var wrapped = Guarded(() => _wrapping.Counts(cancel));
        var filed = CountSubjects(cancel);
        var all = known.ConvertAll(key => key with
        {
            Rows = key.Purpose switch
            {
                KeyPurpose.Wrapping => wrapped.GetValueOrDefault(key.Id),
                KeyPurpose.Subject => filed.GetValueOrDefault(byte.Parse(key.Id, CultureInfo.InvariantCulture)),
                _ => 0,
            },
        });
        var since = all.Min(key => key.Since);
        all.Add(new KeyRecord(KeyPurpose.Audience, "1", KeyState.Current, since, null, 0));
        all.Add(new KeyRecord(KeyPurpose.Request, "1", KeyState.Current, since, null, 0));
        return all;
    }

    /// <summary>Whether something still has to be moved under the current wrapping key.</summary>
    public bool IsRewrapping => Locked(_wrapping.IsUnderWay);

    /// <summary>Makes another wrapping key the current one; <see cref="Rewrap"/> moves what lies under the one before.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="given">The key as configured now, then the previous ones; null: Development makes one.</param>
    /// <exception cref="RotationRefusedException">It can't be begun.</exception>
    public string BeginWrapping(RotationRequest request, IReadOnlyList<byte[]>? given) => Locked(() => _wrapping.Begin(request, given));

    /// <summary>Moves everything under the current wrapping key. May be stopped at any moment and begun again.</summary>
    public void Rewrap(CancellationToken cancel) => Guarded(() =>
    {
        _wrapping.Run(cancel);
        return true;
    });

    /// <summary>The version of the subject key that is being made ready; null: none.</summary>
    public int? StagedSubject => VersionIn(KeyState.Live);

    /// <summary>The version of the subject key that was in force before and still lives; null: none.</summary>
    public int? RetiringSubject => VersionIn(KeyState.Retiring);

    /// <summary>Whether the subject key was ever rotated.</summary>
    public bool HasRotatedSubject => Locked(() => _store.Lives.All().Count(k => k.Purpose == KeyPurpose.Subject) > 1);

    /// <summary>Makes the next version of the subject key.</summary>
    /// <exception cref="RotationRefusedException">Another rotation isn't over.</exception>
    public int StageSubject(RotationRequest request) =>
        Locked(() => StagedSubject is null && RetiringSubject is null
            ? _store.StageSubject(request, _time.GetUtcNow())
            : throw new RotationRefusedException(ErrorReason.KeyRotationRunning, "A rotation of the subject key is under way."));

    /// <summary>The event that brought a version into force is in the ledger.</summary>
    public void SubjectSwitched(int version)
    {
        var now = _time.GetUtcNow();
        Change(() => _store.Lives.Together(() =>
        {
            foreach (var key in _store.Lives.All().Where(k => k is { Purpose: KeyPurpose.Subject, State: KeyState.Current }))
            {
                _store.Lives.Put(KeyPurpose.Subject, key.Id, KeyState.Retiring, now);
            }

            _store.Lives.Put(KeyPurpose.Subject, version.ToString(CultureInfo.InvariantCulture), KeyState.Current, now);
        }));
    }

    /// <summary>Nothing of the ledger is filed under a version any more. Its key stays, for the access log's records.</summary>
    public void RetireSubject(int version) => Locked(() =>
    {
        _store.RetireSubject(version, _time.GetUtcNow());
        return true;
    });

    /// <summary>The hub's keys under the wrapping key, for nodes that have it by their own configuration.</summary>
    public IReadOnlyList<WrappedHubKey> Wrapped() => Locked(_store.WrappedHubKeys);

    private int? VersionIn(KeyState state) => Locked(() =>
        _store.Lives.All().Find(k => k.Purpose == KeyPurpose.Subject && k.State == state) is { } found
            ? int.Parse(found.Id, CultureInfo.InvariantCulture)
            : (int?)null);

    private Dictionary<int, long> CountSubjects(CancellationToken cancel)
    {
        Dictionary<int, long> counts = [];
        for (long after = 0; _subjects.Read(after, CountPage) is { Count: > 0 } page; after = page[^1].Entity)
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var row in page)
            {
                var last = 0;
                foreach (var entry in row.Subjects)
                {
                    if (entry.Key.Version != last)
                    {
                        last = entry.Key.Version;
                        counts[last] = counts.GetValueOrDefault(last) + 1;
                    }
                }
            }
        }

        return counts;
    }

    private void Change(Action change) => Locked(() =>
    {
        change();
        return true;
    });

    private T Locked<T>(Func<T> use)
    {
        lock (_store.Writing)
        {
            return Guarded(use);
        }
    }

    private static T Guarded<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (StoreException failure)
        {
            throw new LedgerUnavailableException($"keys.db can't be used: {failure.Message}", failure);
        }
    }
}
