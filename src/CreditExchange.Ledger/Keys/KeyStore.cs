using System.Buffers.Binary;
using System.Security.Cryptography;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger.Sqlite;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Keys;

/// <summary>keys.db: the data keys and the hub's keys, wrapped. It lies apart from the ledger, so that its backups may be
/// short-lived: a deleted key then stays deleted.</summary>
internal sealed partial class KeyStore : IDisposable
{
    private const int CachedKeys = 20_000;
    private const int PagesAhead = 16;
    private const int KeysOfPage = 512;
    private readonly Lock _gate = new();
    // The writing connection's: the ledger's writer makes keys durable on it, and rotations re-wrap in short transactions.
    private readonly Lock _writing = new();
    private readonly WrappingKeys _wrapping;
    private readonly Database _writer;
    private readonly Database _reader;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _insert;
    private readonly Statement _find;
    private readonly Statement _range;
    private Statement? _has;
    private Statement? _delete;

    // Keys that an event on its way uses and that aren't durable yet, by entity: a second event of the entity takes the same.
    private readonly Dictionary<long, DataKey> _pending = [];
    private readonly Dictionary<long, DataKey> _cached = [];
    private readonly Queue<long> _age = new();

    // Of those who read the whole ledger, each used for a moment; the oldest gives way.
    private readonly KeyPage[] _ahead = [.. Enumerable.Range(0, PagesAhead).Select(_ => new KeyPage(0))];
    private int _oldestAhead;

    // The reading connection's.
    private readonly Lock _reading = new();
    private long _deletions;

    private KeyStore(WrappingKeys wrapping, Database writer, Database reader, string ledger)
    {
        _wrapping = wrapping;
        _writer = writer;
        _reader = reader;
        Ledger = ledger;
        Lives = new KeyLives(writer);
        _begin = writer.Prepare("BEGIN IMMEDIATE");
        _commit = writer.Prepare("COMMIT");
        _insert = writer.Prepare("INSERT OR IGNORE INTO data_key(entity, wrapped) VALUES(?1, ?2)");
        _find = reader.Prepare("SELECT wrapped FROM data_key WHERE entity=?1");
        _range = reader.Prepare("SELECT entity, wrapped FROM data_key WHERE entity BETWEEN ?1 AND ?2");
    }

    /// <summary>The ledger's id without its epoch.</summary>
    public string Ledger { get; }

    public long MaxEntity { get; private set; }

    public HubKeys Keys { get; private set; } = null!;

    /// <summary>What became of which key; under <see cref="Writing"/>.</summary>
    public KeyLives Lives { get; }

    /// <summary>Held by whoever uses <see cref="Writer"/>, for milliseconds only: commits of the ledger wait for it.</summary>
    public Lock Writing => _writing;

    public Database Writer => _writer;

    public WrappingKeys Wrapping => _wrapping;

    public static KeyStore Open(LedgerOptions options, TimeProvider time)
    {
        var wrapping = WrappingKeys.From(options);
        Database? writer = null;
        try
        {
            DatabaseFile.Prepare(options.KeyFile);
            writer = Database.OpenWriter(options.KeyFile, 32, 4000);
            Create(writer, wrapping);
            using var read = writer.Prepare("SELECT value FROM meta WHERE name='ledger'");
            read.Step();
            var store = new KeyStore(wrapping, writer, Database.OpenReader(options.KeyFile), read.Text(0));
            read.Reset();
            new WrappingRotation(options, store, time).Resume();
            store.Keys = new HubKeys(store.SubjectKeys(time.GetUtcNow()), store.FormerSubjectKeys(), store.Keyer("token"u8, 1), store.Keyer("request"u8, 1));
            using var max = writer.Prepare("SELECT coalesce(max(entity), 0) FROM data_key");
            max.Step();
            store.MaxEntity = max.Int64(0);
            return store;
        }
        catch (StoreException failure)
        {
            writer?.Dispose();
            wrapping.Dispose();
            throw new LedgerRefusedException($"{options.KeyFile} cannot be opened: {failure.Message}", failure);
        }
        catch
        {
            writer?.Dispose();
            wrapping.Dispose();
            throw;
        }
    }

    private static void Create(Database database, WrappingKeys wrapping)
    {
        using var version = database.Prepare("PRAGMA user_version");
        version.Step();
        var found = version.Int64(0);
        version.Reset();
        // 2: a second subject key was made; what knows only one must not open it.
        if (found is 1 or 2)
        {
            return;
        }

        if (found != 0)
        {
            throw new LedgerRefusedException($"keys.db has version {found}; this program knows versions 1 and 2.");
        }

        Traps.Reach("first.before-keys");
        database.Run("BEGIN IMMEDIATE");
        database.Run("CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
        database.Run("CREATE TABLE hub_key(name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID");
        database.Run("CREATE TABLE data_key(entity INTEGER PRIMARY KEY, wrapped BLOB NOT NULL)");
        database.Run($"INSERT INTO meta VALUES('ledger', '{RandomNumberGenerator.GetHexString(6, lowercase: true)}')");
        using var insert = database.Prepare("INSERT INTO hub_key VALUES(?1, ?2)");
        foreach (var name in new[] { "subject", "token", "request" })
        {
            var purpose = System.Text.Encoding.ASCII.GetBytes(name);
            var wrapped = wrapping.Wrap(RandomNumberGenerator.GetBytes(32), purpose, 1, RandomNumberGenerator.GetBytes(12));
            insert.Bind(1, name).Bind(2, wrapped).Execute();
        }

        database.Run("PRAGMA user_version=1");
        Traps.Reach("first.before-keys-commit");
        database.Run("COMMIT");
        Traps.Reach("first.after-keys-commit");
    }

    /// <summary>The name under which a version of the subject key is stored.</summary>
    public static string SubjectRow(int version) => version == 1 ? "subject" : FormattableString.Invariant($"subject.{version}");

    /// <summary>Makes the next version of the subject key: durable, and from now on in <see cref="Keys"/>.</summary>
    public int StageSubject(RotationRequest request, DateTimeOffset now)
    {
        lock (_writing)
        {
            var version = Lives.All().Where(k => k.Purpose == KeyPurpose.Subject)
                .Max(k => int.Parse(k.Id, System.Globalization.CultureInfo.InvariantCulture)) + 1;
            if (version > byte.MaxValue)
            {
                throw new RotationRefusedException(ErrorReason.KeyUnusable, "255 versions of the subject key were made; there is no number left.");
            }

            var key = RandomNumberGenerator.GetBytes(32);
            Lives.Together(() =>
            {
                using var insert = _writer.Prepare("INSERT INTO hub_key VALUES(?1, ?2)");
                insert.Bind(1, SubjectRow(version)).Bind(2, _wrapping.Wrap(key, "subject"u8, version, RandomNumberGenerator.GetBytes(12))).Execute();
                Lives.Put(KeyPurpose.Subject, Text(version), KeyState.Live, now);
                Lives.Start(request, KeyPurpose.Subject, Text(version), now);
                _writer.Run("PRAGMA user_version=2");
                Traps.Reach("subject.before-stage-commit");
            });
            Traps.Reach("subject.after-stage-commit");
            Keys.Stage(new SubjectKeyer((byte)version, key));
            CryptographicOperations.ZeroMemory(key);
            return version;
        }
    }

    /// <summary>Nothing of the ledger is filed under a version any more. Its key stays, for the access log's records.</summary>
    public void RetireSubject(int version, DateTimeOffset now)
    {
        lock (_writing)
        {
            Traps.Reach("subject.before-retire-commit");
            Lives.Put(KeyPurpose.Subject, Text(version), KeyState.Retired, now);
            Traps.Reach("subject.after-retire-commit");
            Keys.Retire();
        }
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private SubjectKeySet SubjectKeys(DateTimeOffset now)
    {
        var known = Lives.All().Where(k => k.Purpose == KeyPurpose.Subject).ToList();
        if (known.Count == 0)
        {
            Lives.Put(KeyPurpose.Subject, "1", KeyState.Current, now);
            return new SubjectKeySet(Keyer("subject"u8, 1), null, null);
        }

        return new SubjectKeySet(In(KeyState.Current)!, In(KeyState.Live), In(KeyState.Retiring));

        SubjectKeyer? In(KeyState state) => known.Find(k => k.State == state) is { } found
            ? Keyer("subject"u8, int.Parse(found.Id, System.Globalization.CultureInfo.InvariantCulture))
            : null;
    }

    private SubjectKeyer[] FormerSubjectKeys() =>
    [
        .. Lives.All().Where(k => k is { Purpose: KeyPurpose.Subject, State: KeyState.Retired })
            .Select(k => Keyer("subject"u8, int.Parse(k.Id, System.Globalization.CultureInfo.InvariantCulture))),
    ];

    /// <summary>The hub's keys as they are stored; under <see cref="Writing"/>.</summary>
    public IReadOnlyList<WrappedHubKey> WrappedHubKeys()
    {
        List<WrappedHubKey> all = [Wrapped("token", "token", 1, KeyState.Current), Wrapped("request", "request", 1, KeyState.Current)];
        foreach (var key in Lives.All().Where(k => k.Purpose == KeyPurpose.Subject))
        {
            var version = int.Parse(key.Id, System.Globalization.CultureInfo.InvariantCulture);
            all.Add(Wrapped("subject", SubjectRow(version), version, key.State));
        }

        return all;
    }

    private WrappedHubKey Wrapped(string purpose, string name, int version, KeyState state)
    {
        using var read = _writer.Prepare("SELECT wrapped FROM hub_key WHERE name=?1");
        var wrapped = read.Bind(1, name).Step()
            ? Google.Protobuf.ByteString.CopyFrom(read.Blob(0))
            : throw new LedgerRefusedException($"keys.db lacks the hub key '{name}'. Restore keys.db.");
        read.Reset();
        return new WrappedHubKey { Purpose = purpose, Version = (uint)version, State = state, Wrapped = wrapped };
    }

    private SubjectKeyer Keyer(ReadOnlySpan<byte> purpose, int version)
    {
        var name = version == 1 ? System.Text.Encoding.ASCII.GetString(purpose) : SubjectRow(version);
        using var read = _writer.Prepare("SELECT wrapped FROM hub_key WHERE name=?1");
        if (!read.Bind(1, name).Step())
        {
            throw new LedgerRefusedException($"keys.db lacks the hub key '{name}'. Restore keys.db.");
        }

        var keyer = new SubjectKeyer((byte)version, _wrapping.Unwrap(read.Blob(0), purpose, version));
        read.Reset();
        return keyer;
    }

    /// <summary>After an I/O error: ends a transaction that was left open.</summary>
    public void Recover()
    {
        lock (_writing)
        {
            _writer.EndOpenTransaction();
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
        _wrapping.Dispose();
    }
}
