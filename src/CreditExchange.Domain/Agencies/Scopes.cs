using System.Collections.Frozen;

namespace CreditExchange.Domain.Agencies;

/// <summary>What an agency's rights and a caller's token name.</summary>
public static class Scopes
{
    /// <summary>Publish, amend, suspend, reinstate, withdraw and end.</summary>
    public const string Publish = "listing.publish";

    /// <summary>Read single listings and lists of them.</summary>
    public const string Read = "listing.read";

    /// <summary>Check a subject.</summary>
    public const string Check = "check";

    /// <summary>Check natural persons in batches and streams.</summary>
    public const string BulkPersons = "check.bulk-persons";

    /// <summary>Follow updates.</summary>
    public const string Watch = "watch";

    /// <summary>Read snapshots.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>Link ids of one subject.</summary>
    public const string LinkSubjects = "subject.link";

    /// <summary>Erase listings whose time is over, and forbid that by a hold.</summary>
    public const string Erase = "listing.erase";

    /// <summary>Ask about past days.</summary>
    public const string History = "history.read";

    /// <summary>Operate the hub: catalogue, order of the ledger.</summary>
    public const string System = "system";

    /// <summary>Agencies, tokens, keys.</summary>
    public const string Security = "security";

    /// <summary>The access log.</summary>
    public const string Audit = "audit";

    /// <summary>Another node of this hub.</summary>
    public const string Node = "node";

    /// <summary>Another province's hub, under an agreement.</summary>
    public const string Exchange = "exchange";

    /// <summary>Every scope there is.</summary>
    public static readonly FrozenSet<string> All = new[]
    {
        Publish, Read, Check, BulkPersons, Watch, Snapshot, LinkSubjects, Erase, History, System, Security, Audit, Node, Exchange,
    }.ToFrozenSet(StringComparer.Ordinal);
}
