using System.Globalization;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Keys;

/// <summary>
/// Carries a rotation of the subject key through, from wherever it stands: files everything under the new version beside the
/// one in force, switches by an event, takes the old version away, retires its key.
/// </summary>
public sealed class SubjectKeyRotation(
    ILedger ledger, LookupView view, SubjectRefiler refiler, KeyFeed feed, TimeProvider time, ILogger<SubjectKeyRotation> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Does what there is to do. May be stopped at any moment and begun again.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var book = ledger.KeyBook;
        if (book.StagedSubject is { } staged)
        {
            // A process may have died between the event and its note.
            if (ledger.Keys.Subject.Version != staged)
            {
                await SwitchAsync((byte)staged, cancellation);
            }

            Traps.Reach("subject.after-event");
            book.SubjectSwitched(staged);
            Traps.Reach("subject.after-note");
        }

        if (book.RetiringSubject is { } old)
        {
            await refiler.RefileStoreAsync(cancellation);
            Traps.Reach("subject.after-last-refiling");
            view.DropKeys((byte)old);
            book.RetireSubject(old);
            KeyWorkLog.SubjectRetired(logger, old);
        }
        else if (book.HasRotatedSubject)
        {
            // A write that was on its way while the last rotation ended may have left a row under the old version.
            await refiler.RefileStoreAsync(cancellation);
        }
    }

    private async Task SwitchAsync(byte version, CancellationToken cancellation)
    {
        // What the follower applies from here on is filed under both versions; what it applied before is filed below.
        await ReachAsync(ledger.Head, cancellation);
        await refiler.RefileStoreAsync(cancellation);
        Traps.Reach("subject.after-refiling");
        refiler.CompleteView(version, cancellation);
        Traps.Reach("subject.before-event");
        var id = version.ToString(CultureInfo.InvariantCulture);
        var asked = ledger.KeyBook.Find(KeyPurpose.Subject, id);
        var previous = feed.Newest;
        var result = await ledger.AppendAsync(
            new EventDraft
            {
                Entity = previous?.Entity ?? ledger.ReserveEntity(),
                Revision = (previous?.Revision ?? 0) + 1,
                Kind = EventKind.SubjectKeyActivated,
                Open = new LedgerEvent
                {
                    Kind = EventKind.SubjectKeyActivated,
                    Actor = asked?.Actor ?? HubWriter.Hub,
                    Reason = asked?.Reason ?? "",
                    SubjectKey = new SubjectKeyVersion { Version = version, Previous = ledger.Keys.Subject.Version },
                },
            },
            cancellation);
        if (result is not AppendResult.Committed { Event: var switched })
        {
            throw new InvalidOperationException($"The switch of the subject key ended as {result}.");
        }

        await ReachAsync(switched.Position, cancellation);
        KeyWorkLog.SubjectSwitched(logger, version, switched.Position);
    }

    private async Task ReachAsync(long position, CancellationToken cancellation)
    {
        if (!await view.WaitForAsync(position, Patience, time, cancellation))
        {
            throw new LedgerUnavailableException($"The views did not reach position {position}; the rotation is tried again.");
        }
    }
}
