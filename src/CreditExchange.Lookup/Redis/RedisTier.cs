using System.Globalization;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Ledger;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace CreditExchange.Lookup.Redis;

/// <summary>
/// The tier in Redis: details of subjects, for nodes without an index. It may be absent, empty, old or slow at any moment;
/// whoever reads goes elsewhere then, and nobody waits for it longer than a tenth of a second.
/// </summary>
public sealed class RedisTier : IAsyncDisposable
{
    /// <summary>How long values live, empty ones too, when nothing writes them again.</summary>
    /// <remarks>
    /// An empty value must outlive any late writer; as the bucket's progress refuses those too, nothing is brought back even
    /// when it doesn't. And content of a listing that ended a week ago is gone from here, long before it may be erased.
    /// </remarks>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WritePatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly RedisValue LifetimeText = ((long)Lifetime.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private readonly Task<ConnectionMultiplexer> connecting;
    private readonly TierKeys names;
    private readonly SealedDetails details;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private long failedAt = long.MinValue;
    private int isDown;

    /// <summary>Begins to connect, and goes on by itself whenever the connection is lost.</summary>
    /// <param name="configuration">A StackExchange.Redis string.</param>
    /// <param name="names">Names of the ledger's values.</param>
    /// <param name="details">Seals and opens them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public RedisTier(string configuration, TierKeys names, SealedDetails details, TimeProvider time, ILogger logger)
    {
        this.names = names;
        this.details = details;
        this.time = time;
        this.logger = logger;
        connecting = ConnectionMultiplexer.ConnectAsync(TierConnection.Options(configuration));
    }

    /// <summary>What it did since the start.</summary>
    public TierCounts Counts { get; } = new();

    /// <summary>Seals and opens what lies in it.</summary>
    public SealedDetails Details => details;

    /// <summary>
    /// Reads subjects, with their buckets' progress in one round trip each. What is missing, unreadable, or not known to be right at the
    /// wanted position stays null; so does everything while the tier doesn't answer.
    /// </summary>
    /// <param name="keys">The subjects.</param>
    /// <param name="wanted">For each the position that it must reflect at least.</param>
    /// <param name="into">Receives the details; as long as keys.</param>
    public async ValueTask ReadAsync(IReadOnlyList<SubjectKey> keys, IReadOnlyList<long> wanted, TierDetail?[] into)
    {
        if (keys.Count == 0 || Database is not { } database || IsPausing)
        {
            return;
        }

        var reads = new Dictionary<int, Reading>();
        for (var i = 0; i < keys.Count; i++)
        {
            var bucket = TierKeys.BucketOf(keys[i]);
            if (!reads.TryGetValue(bucket, out var reading))
            {
                reads.Add(bucket, reading = new Reading([names.Progress(bucket)], []));
            }

            reading.Names.Add(names.Value(keys[i]));
            reading.Indexes.Add(i);
        }

        try
        {
            var answers = new List<(Reading Reading, Task<RedisValue[]> Answer)>(reads.Count);
            foreach (var reading in reads.Values)
            {
                answers.Add((reading, database.StringGetAsync([.. reading.Names])));
            }

            await Task.WhenAll(answers.Select(a => a.Answer)).WaitAsync(Patience, time);
            foreach (var (reading, answer) in answers)
            {
                Take(reading, await answer, keys, wanted, into);
            }

            Succeeded();
        }
        catch (Exception error) when (IsAbsence(error))
        {
            Failed(error);
        }
    }

    /// <summary>The progress of each bucket; -1 for one that has none. Null: the tier doesn't answer.</summary>
    public async Task<long[]?> ReadProgressAsync()
    {
        if (Database is not { } database)
        {
            return null;
        }

        try
        {
            var answers = new Task<RedisValue>[TierKeys.Buckets];
            for (var bucket = 0; bucket < answers.Length; bucket++)
            {
                answers[bucket] = database.StringGetAsync(names.Progress(bucket));
            }

            var found = await Task.WhenAll(answers).WaitAsync(WritePatience, time);
            Succeeded();
            return Array.ConvertAll(found, text => TryReadProgress(text, out _, out var progress) ? progress : -1);
        }
        catch (Exception error) when (IsAbsence(error))
        {
            Failed(error);
            return null;
        }
    }

    /// <summary>Writes values and raises progress of several buckets, all at once; a bucket stands there once at most.</summary>
    /// <param name="raises">What to write.</param>
    /// <returns>For each whether the bucket began anew, so that it has to be filled; null: the tier doesn't answer, and what of
    /// this was written is not known.</returns>
    public async Task<bool[]?> WriteAsync(IReadOnlyList<BucketWrite> raises)
    {
        if (Database is not { } database)
        {
            return null;
        }

        try
        {
            var sent = new List<Task<RedisResult>>[raises.Count];
            for (var i = 0; i < sent.Length; i++)
            {
                sent[i] = Send(database, raises[i]);
            }

            await Task.WhenAll(sent.SelectMany(s => s)).WaitAsync(WritePatience, time);
            var anew = new bool[sent.Length];
            for (var i = 0; i < anew.Length; i++)
            {
                foreach (var answer in sent[i])
                {
                    anew[i] |= (long)((RedisResult[])(await answer)!)[1] == 1;
                }

                if (anew[i])
                {
                    Counts.Restarted();
                }

                Counts.Wrote(raises[i].Values.Count);
            }

            Succeeded();
            return anew;
        }
        catch (Exception error) when (IsAbsence(error))
        {
            Failed(error);
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await (await connecting).DisposeAsync();
        }
        catch (Exception error) when (IsAbsence(error))
        {
            TierLog.Lost(logger, error.GetType().Name);
        }
    }

    private IDatabase? Database => connecting.IsCompletedSuccessfully ? connecting.Result.GetDatabase() : null;

    // After a failure reads leave the tier alone for a moment: each would wait in vain.
    private bool IsPausing =>
        Volatile.Read(ref failedAt) is var at && at != long.MinValue && time.GetElapsedTime(at) < Pause;

    // Only the last call of a bucket raises its progress: before it not all that changed is there.
    private List<Task<RedisResult>> Send(IDatabase database, BucketWrite write)
    {
        var sent = new List<Task<RedisResult>>(1);
        var next = 0;
        do
        {
            var count = Math.Min(TierScript.MostValues, write.Values.Count - next);
            var isLast = next + count == write.Values.Count;
            var to = isLast ? write.To : Math.Min(write.From, write.To);
            var keys = new RedisKey[1 + count];
            var arguments = new RedisValue[4 + count];
            keys[0] = names.Progress(write.Bucket);
            arguments[0] = write.From;
            arguments[1] = to;
            arguments[2] = SealedDetails.Digits(to);
            arguments[3] = LifetimeText;
            for (var i = 0; i < count; i++)
            {
                var (key, value) = write.Values[next + i];
                keys[1 + i] = names.Value(key);
                arguments[4 + i] = value;
            }

            sent.Add(database.ScriptEvaluateAsync(TierScript.Text, keys, arguments));
            next += count;
        }
        while (next < write.Values.Count);
        return sent;
    }

    private void Take(Reading reading, RedisValue[] answer, IReadOnlyList<SubjectKey> keys, IReadOnlyList<long> wanted, TierDetail?[] into)
    {
        var stands = TryReadProgress(answer[0], out var floor, out var progress);
        Traps.LeaveOut("tier.floor", ref floor);
        for (var i = 0; i < reading.Indexes.Count; i++)
        {
            var index = reading.Indexes[i];
            byte[]? value = answer[i + 1];
            if (stands && value is not null && details.TryOpen(keys[index], value, out var position, out var facts)
                && position >= floor && Math.Max(position, progress) >= wanted[index])
            {
                Counts.Hit();
                into[index] = new TierDetail(position, Math.Max(position, progress), facts);
            }
            else
            {
                Counts.Miss();
            }
        }
    }

    private static bool TryReadProgress(RedisValue text, out long floor, out long progress)
    {
        floor = progress = -1;
        ReadOnlySpan<char> digits = (string?)text ?? "";
        return digits.Length == 2 * SealedDetails.PositionDigits
            && long.TryParse(digits[..SealedDetails.PositionDigits], NumberStyles.None, CultureInfo.InvariantCulture, out floor)
            && long.TryParse(digits[SealedDetails.PositionDigits..], NumberStyles.None, CultureInfo.InvariantCulture, out progress);
    }

    private static bool IsAbsence(Exception error) =>
        error is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    private void Succeeded()
    {
        if (Interlocked.Exchange(ref isDown, 0) == 1)
        {
            TierLog.Back(logger);
        }
    }

    private void Failed(Exception error)
    {
        Counts.Error();
        Volatile.Write(ref failedAt, time.GetTimestamp());
        if (Interlocked.Exchange(ref isDown, 1) == 0)
        {
            // The type alone: a server's message may quote what was sent.
            TierLog.Lost(logger, error.GetType().Name);
        }
    }

    private sealed record Reading(List<RedisKey> Names, List<int> Indexes);
}

/// <summary>A subject's detail from the tier.</summary>
/// <param name="From">The first position at which it is known to be right.</param>
/// <param name="Until">The last.</param>
/// <param name="Facts">The facts.</param>
public sealed record TierDetail(long From, long Until, ListingFact[] Facts);

/// <summary>What to write into one bucket.</summary>
/// <param name="Bucket">Which.</param>
/// <param name="From">The progress that the writer knows the bucket to have; long.MaxValue: it shall begin anew.</param>
/// <param name="To">Its new progress: all that changed after From, up to To, is among the values.</param>
/// <param name="Values">Sealed details, each right at its own position, which isn't below To.</param>
public sealed record BucketWrite(int Bucket, long From, long To, IReadOnlyList<(SubjectKey Key, byte[] Value)> Values);

internal static partial class TierLog
{
    [LoggerMessage(2100, LogLevel.Warning, "Redis doesn't answer ({Error}); the hub goes on without it.", EventName = "RedisLost")]
    public static partial void Lost(ILogger logger, string error);

    [LoggerMessage(2101, LogLevel.Information, "Redis answers again.", EventName = "RedisBack")]
    public static partial void Back(ILogger logger);

    [LoggerMessage(2102, LogLevel.Information, "Redis is being filled: {Buckets} buckets at position {Position}.", EventName = "RedisFilling")]
    public static partial void Filling(ILogger logger, int buckets, long position);

    [LoggerMessage(2103, LogLevel.Information, "Redis is filled: {Subjects} subjects.", EventName = "RedisFilled")]
    public static partial void Filled(ILogger logger, long subjects);

    [LoggerMessage(2104, LogLevel.Error, "The writer of Redis failed at position {Position} and begins again.", EventName = "RedisWriterFailed")]
    public static partial void Broken(ILogger logger, long position, Exception error);
}
