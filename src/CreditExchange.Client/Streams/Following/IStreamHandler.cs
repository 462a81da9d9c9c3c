namespace CreditExchange.Client.Streams.Following;

/// <summary>
/// What an integrator does with a stream. Called by one task, one call at a time. After a crash the events since the last saved
/// progress are told again, with the same positions: make the effects depend on the position.
/// </summary>
public interface IStreamHandler
{
    /// <summary>Applies an event. Events about one subject come in order of positions; when this has returned, the event is done.</summary>
    /// <remarks>An exception ends the consumer, and the event is told again at the next start.</remarks>
    ValueTask ApplyAsync(StreamEvent told, CancellationToken cancellation);

    /// <summary>A snapshot begins: <see cref="ApplyStateAsync"/> follows for each listing that is not final. What was kept of others is gone.</summary>
    ValueTask SnapshotBeginsAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Takes one listing's newest state: the last event about it.</summary>
    ValueTask ApplyStateAsync(StreamEvent state, CancellationToken cancellation) =>
        throw new NotSupportedException("With a state topic IStreamHandler.ApplyStateAsync must take the listings.");

    /// <summary>The snapshot is complete up to a position; the events after it follow.</summary>
    ValueTask SnapshotEndsAsync(long through, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>A record can't be understood. Keep it somewhere and tell its writer; the consumer goes on.</summary>
    ValueTask PoisonAsync(StreamRecord record, PoisonReason reason, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>The stream isn't what it must be.</summary>
    /// <returns>Whether to go on all the same: what is missing is then taken as known, and the next checkpoint is believed. Otherwise the
    /// exception ends the consumer.</returns>
    ValueTask<bool> GoOnAfterAsync(StreamFaultException fault, CancellationToken cancellation) => ValueTask.FromResult(false);

    /// <summary>The brokers or the source of keys can't be reached now; the consumer tries again by itself. Told from any thread.</summary>
    void Interrupted(string what)
    {
    }
}
