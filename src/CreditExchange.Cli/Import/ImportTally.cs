namespace CreditExchange.Cli.Import;

/// <summary>What a run has done so far; counted on the answering thread, read by the progress.</summary>
internal sealed class ImportTally
{
    private readonly Dictionary<string, long> _byReason = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private long _accepted;
    private long _alreadyThere;
    private long _rejected;

    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>How many of the accepted rows the hub had recorded before.</summary>
    public long AlreadyThere => Interlocked.Read(ref _alreadyThere);

    public long Rejected => Interlocked.Read(ref _rejected);

    public long Answered => Accepted + Rejected;

    /// <summary>Rejected rows by reason, in order of the reasons.</summary>
    public SortedDictionary<string, long> ByReason
    {
        get
        {
            lock (_gate)
            {
                return new SortedDictionary<string, long>(_byReason, StringComparer.Ordinal);
            }
        }
    }

    public void Accept(bool alreadyThere)
    {
        Interlocked.Increment(ref _accepted);
        if (alreadyThere)
        {
            Interlocked.Increment(ref _alreadyThere);
        }
    }

    public void Reject(string reason)
    {
        lock (_gate)
        {
            _byReason[reason] = _byReason.GetValueOrDefault(reason) + 1;
        }

        Interlocked.Increment(ref _rejected);
    }
}
