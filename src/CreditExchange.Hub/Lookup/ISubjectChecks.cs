using CreditExchange.Hub.AccessLogs;
using CreditExchange.V1;

namespace CreditExchange.Hub.Lookup;

/// <summary>Answers checks, by whatever means the node has.</summary>
public interface ISubjectChecks
{
    /// <summary>One subject; item: which of many, from 1; 0: the only one.</summary>
    ValueTask<(CheckSubjectResponse Response, CheckName Name)> CheckAsync(
        CheckSubjectRequest request, Asker asker, long item, CancellationToken cancellation);

    /// <summary>Many subjects at one position.</summary>
    Task<(BatchCheckSubjectsResponse Response, CheckName Name)> CheckBatchAsync(
        BatchCheckSubjectsRequest request, Asker asker, CancellationToken cancellation);
}

/// <summary>A full node's: from its index.</summary>
public sealed class IndexChecks(SubjectCheck check) : ISubjectChecks
{
    /// <inheritdoc/>
    public ValueTask<(CheckSubjectResponse Response, CheckName Name)> CheckAsync(
        CheckSubjectRequest request, Asker asker, long item, CancellationToken cancellation) =>
        check.CheckAsync(request, asker, item, cancellation);

    /// <inheritdoc/>
    public Task<(BatchCheckSubjectsResponse Response, CheckName Name)> CheckBatchAsync(
        BatchCheckSubjectsRequest request, Asker asker, CancellationToken cancellation) =>
        check.CheckBatchAsync(request, asker, cancellation);
}
