namespace CreditExchange.Hub.Tests.Kills;

/// <summary>What must be asked of a hub so that it comes to a step; every kind has the load of writes, checks and watchers too.</summary>
public enum Work
{
    /// <summary>The load alone.</summary>
    Load,

    /// <summary>An empty folder: the first start.</summary>
    FirstStart,

    /// <summary>A rotation of the wrapping key.</summary>
    Wrapping,

    /// <summary>A rotation of the subject key.</summary>
    Subject,

    /// <summary>A rotation of the token-signing key.</summary>
    Token,

    /// <summary>An erasure.</summary>
    Erasure,

    /// <summary>A backup.</summary>
    Backup,

    /// <summary>A restore, by cx.</summary>
    Restore,

    /// <summary>A restore that takes up one that was killed between its moves.</summary>
    RestoreAgain,

    /// <summary>A rebuild, by cx.</summary>
    Rebuild,
}

/// <summary>A step at which the test build of the hub can be killed.</summary>
/// <param name="Name">As the source names it.</param>
/// <param name="Count">The how manieth time the tests kill there: late enough for load to be under way.</param>
/// <param name="Work">What must be asked for.</param>
public sealed record Step(string Name, int Count, Work Work = Work.Load);

/// <summary>All of them; a test compares them with the source.</summary>
public static class Steps
{
    public static IReadOnlyList<Step> All { get; } =
    [
        // A write, in its order.
        new("append.after-seal", 40), new("append.after-queue", 40), new("write.before-begin", 7), new("write.after-begin", 8),
        new("write.after-check", 30), new("write.after-refusal", 1), new("write.after-insert", 31), new("write.before-index-merge", 9),
        new("merge.after-request", 30), new("merge.after-source", 20), new("merge.after-mark", 3), new("write.before-keys-persist", 10),
        new("keys.after-begin", 6), new("keys.after-insert", 25), new("keys.before-commit", 7), new("keys.after-commit", 8),
        new("write.before-commit", 11), new("write.after-commit", 12), new("write.after-key-deletion", 9), new("write.before-publish", 10),
        new("publish.after-ring", 8), new("publish.after-head", 9), new("write.after-publish", 7), new("write.after-one-answer", 35),
        new("follower.before-apply", 40), new("follower.after-apply", 41), new("answer.before-record", 30), new("answer.after-record", 31),
        new("import.before-item", 30), new("import.before-record", 25), new("import.after-record", 26), new("import.before-answer", 20), new("import.after-answer", 21),
        new("watch.before-record", 4), new("watch.after-record", 5), new("check.before-record", 100), new("batch.before-record", 5),
        new("checkpoint.before-copy", 2), new("checkpoint.before-restart", 2), new("checkpoint.after-restart", 2),

        // The access log: a record, then a segment.
        new("log.before-bytes", 700), new("log.after-bytes", 701), new("log.before-length", 702), new("log.after-length", 703),
        new("log.reserve-empty", 2), new("log.reserve-allocated", 2), new("log.after-reserve", 2),
        new("log.before-header", 2), new("log.after-header", 2), new("log.after-name", 2), new("log.after-roll", 2),
        new("log.before-cut", 1), new("log.after-cut", 1), new("log.before-sync", 2), new("log.after-sync", 2),
        new("log.before-tail-cut", 1), new("log.after-tail-cut", 1),

        // A start, and the first one.
        new("open.after-keys", 1), new("open.after-store", 1), new("open.after-head", 1), new("open.before-writer", 1), new("follower.after-load", 1),
        new("tokens.before-rename", 3), new("tokens.after-rename", 3),
        new("first.before-wrapping-key", 1, Work.FirstStart), new("first.after-wrapping-key", 1, Work.FirstStart),
        new("first.before-keys", 1, Work.FirstStart), new("first.before-keys-commit", 1, Work.FirstStart), new("first.after-keys-commit", 1, Work.FirstStart),
        new("first.before-store", 1, Work.FirstStart), new("first.after-tables", 1, Work.FirstStart),
        new("first.before-epoch-commit", 1, Work.FirstStart), new("first.after-epoch-commit", 1, Work.FirstStart),
        new("first.after-signing-key", 1, Work.FirstStart), new("first.after-catalogue", 1, Work.FirstStart),
        new("first.after-agency", 2, Work.FirstStart), new("first.before-ready", 1, Work.FirstStart),

        // The wrapping key.
        new("wrapping.after-file", 1, Work.Wrapping), new("wrapping.in-switch", 1, Work.Wrapping), new("wrapping.after-hub-keys", 1, Work.Wrapping),
        new("wrapping.after-switch", 1, Work.Wrapping), new("wrapping.after-old-kept", 1, Work.Wrapping), new("wrapping.after-file-taken", 1, Work.Wrapping),
        new("wrapping.after-row", 20, Work.Wrapping), new("wrapping.after-batch", 1, Work.Wrapping), new("wrapping.after-rows", 1, Work.Wrapping),
        new("wrapping.after-retirement", 1, Work.Wrapping), new("wrapping.after-files-dropped", 1, Work.Wrapping),

        // The subject key.
        new("subject.before-stage-commit", 1, Work.Subject), new("subject.after-stage-commit", 1, Work.Subject), new("write.after-refiling", 1, Work.Subject),
        new("subject.after-refiling", 1, Work.Subject), new("subject.before-event", 1, Work.Subject), new("subject.after-event", 1, Work.Subject),
        new("subject.after-note", 1, Work.Subject), new("subject.after-last-refiling", 1, Work.Subject),
        new("subject.before-retire-commit", 1, Work.Subject), new("subject.after-retire-commit", 1, Work.Subject),

        // The token-signing key.
        new("token.after-prepare", 1, Work.Token), new("token.after-record", 1, Work.Token), new("token.after-set-published", 1, Work.Token),
        new("token.after-file-moved", 1, Work.Token), new("token.after-taken", 1, Work.Token),

        // An erasure.
        new("erasure.before-append", 1, Work.Erasure), new("erasure.before-deletion-commit", 1, Work.Erasure),
        new("erasure.after-deletion-commit", 1, Work.Erasure), new("erasure.after-log-end", 1, Work.Erasure), new("erasure.after-append", 1, Work.Erasure),

        // A backup.
        new("backup.after-first-folder", 1, Work.Backup), new("backup.after-tables", 1, Work.Backup), new("backup.before-page-commit", 1, Work.Backup),
        new("backup.before-keys", 1, Work.Backup), new("backup.after-keys", 1, Work.Backup), new("backup.after-copy", 1, Work.Backup),
        new("backup.after-manifest", 1, Work.Backup), new("backup.after-ledger", 1, Work.Backup),
    ];

    /// <summary>Those of `cx ledger restore` and `cx ledger rebuild`, while no hub runs.</summary>
    public static IReadOnlyList<Step> Offline { get; } =
    [
        new("restore.after-folder", 1, Work.Restore), new("restore.after-ledger-copy", 1, Work.Restore), new("restore.after-keys-copy", 1, Work.Restore),
        new("restore.before-epoch-commit", 1, Work.Restore), new("restore.after-epoch", 1, Work.Restore), new("restore.after-verify", 1, Work.Restore),
        new("restore.after-keys-moved", 1, Work.Restore), new("restore.after-keys-back", 1, Work.RestoreAgain),
        new("restore.after-ledger-moved", 1, Work.Restore),
        new("rebuild.after-drop", 1, Work.Rebuild), new("rebuild.after-event", 40, Work.Rebuild), new("rebuild.before-commit", 1, Work.Rebuild),
        new("rebuild.after-commit", 1, Work.Rebuild), new("rebuild.after-checkpoint", 1, Work.Rebuild),
    ];
}
