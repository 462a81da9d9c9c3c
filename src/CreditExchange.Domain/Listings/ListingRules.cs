using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Listings;

/// <summary>
/// What each operation makes of a listing. Every method gives a new listing and leaves its arguments alone; listing_id of a
/// published one and position are the ledger's to fill in. A broken rule throws <see cref="RuleViolation"/>. Whether the
/// actor has the right is judged elsewhere (AgencyRights).
/// </summary>
public static class ListingRules
{
    /// <summary>A new listing: checked, normalised and completed; ACTIVE or SCHEDULED, revision 1.</summary>
    /// <param name="requested">As the publisher sent it; output-only fields are ignored.</param>
    /// <param name="c">Catalogue, publishing agency and time.</param>
    public static Listing Publish(Listing requested, ListingContext c) => PublishOwned(ListingInput.Copy(requested), c);

    /// <summary>As <see cref="Publish"/>, for input that <see cref="ListingInput"/> made: completed in place.</summary>
    /// <param name="listing">The input; becomes the listing.</param>
    /// <param name="c">Catalogue, publishing agency and time.</param>
    public static Listing PublishOwned(Listing listing, ListingContext c)
    {
        var kind = ListingChecks.Check(listing, c);
        Complete(listing, kind, c.Today, c);
        listing.Origin = new Origin { Region = c.Actor.Region, Agency = c.Actor.AgencyId };
        listing.State = LiveState(listing, c.Now);
        listing.Revision = 1;
        ListingEffects.Recompute(listing, kind, EndGround.Unspecified, revive: true, c);
        return listing;
    }

    /// <summary>Replaces the fields that a mask names, and judges the whole by the rules of the (new) decision day.</summary>
    /// <param name="current">As it stands.</param>
    /// <param name="changes">New values.</param>
    /// <param name="mask">Proto paths; parts of document and notice may be named.</param>
    /// <param name="c">Catalogue, agency and time.</param>
    public static Listing Amend(Listing current, Listing changes, FieldMask mask, ListingContext c)
    {
        var state = ListingStateMachine.Next(ListingTimes.StateAt(current, c.Now), ListingOperation.Amend);
        var paths = AmendmentMask.Check(mask);
        var listing = current.Clone();
        var oldKind = KindOf(current, c);
        var published = LegalDay.Of(Instants.At(Math.Max(Instants.From(current.EffectiveFrom), 0)));
        var computed = Equals(ListingTerms.Computed(current, oldKind, published), current.EffectiveUntil);
        AmendmentMask.Apply(paths, ListingDigest.NormaliseInput(changes), listing);
        if (!paths.Contains("legal_basis") && current.LegalBasis == LegalTexts.Citation(oldKind.Basis))
        {
            listing.LegalBasis = "";
        }

        // An end that the hub computed moves with the days it was computed from; one that was given stays.
        var untouched = !paths.Contains("effective_until");
        if (untouched && computed)
        {
            listing.EffectiveUntil = null;
        }

        var kind = ListingChecks.Check(listing, c);

        // A restored listing runs what was left of the old one's term, which the kind's own term doesn't tell.
        var keepsTerm = untouched && current.RestoresListingId.Length > 0;
        if (keepsTerm)
        {
            listing.EffectiveUntil = current.EffectiveUntil;
        }

        Complete(listing, kind, published, c, keepsTerm);
        listing.State = state == ListingState.Suspended ? state : LiveState(listing, c.Now);
        listing.Revision = current.Revision + 1;
        ListingEffects.Recompute(listing, kind, EndGround.Unspecified, revive: true, c);
        return listing;
    }

    /// <summary>Pauses an ACTIVE listing.</summary>
    public static Listing Suspend(Listing current, ListingContext c) =>
        Move(current, ListingOperation.Suspend, EndGround.Unspecified, c);

    /// <summary>Lets a SUSPENDED listing count again: ACTIVE, or SCHEDULED when its begin is still ahead.</summary>
    public static Listing Reinstate(Listing current, ListingContext c) =>
        Move(current, ListingOperation.Reinstate, EndGround.Unspecified, c);

    /// <summary>Takes back a listing that was never right: every effect ends at once.</summary>
    /// <param name="current">As it stands.</param>
    /// <param name="document">What says so; may be null.</param>
    /// <param name="c">Catalogue, agency and time.</param>
    public static Listing Withdraw(Listing current, DecisionDocument? document, ListingContext c)
    {
        var listing = Move(current, ListingOperation.Withdraw, EndGround.Wrong, c);
        listing.Ending = Ending(EndGround.Wrong, c.Today, document, c);
        return listing;
    }

    /// <summary>Ends a listing whose ground is gone: REPAIRED after a repair, else ENDED.</summary>
    /// <param name="current">As it stands.</param>
    /// <param name="ground">Why; one that the list kind names, never TERM or WRONG.</param>
    /// <param name="endedOn">Day the ground was gone, yyyy-MM-dd, not after today; empty: today.</param>
    /// <param name="document">What says so; may be null.</param>
    /// <param name="c">Catalogue, agency and time.</param>
    public static Listing End(Listing current, EndGround ground, string endedOn, DecisionDocument? document, ListingContext c)
    {
        if (ground == EndGround.Unspecified || !System.Enum.IsDefined(ground))
        {
            throw new RuleViolation(ErrorReason.EnumInvalid, "ground", ("value", WireNames.Of(ground)));
        }

        var operation = ground == EndGround.Repair ? ListingOperation.Repair : ListingOperation.End;
        ListingStateMachine.Next(ListingTimes.StateAt(current, c.Now), operation);
        var kind = KindOf(current, c);
        if (ground is EndGround.Term or EndGround.Wrong || !kind.EndGrounds.Contains(ground))
        {
            throw new RuleViolation(
                ErrorReason.GroundNotAllowed, "ground", ("list_code", kind.Code), ("ground", WireNames.Of(ground)));
        }

        var day = ListingChecks.CheckDay(endedOn, "ended_on", c.Today, required: false) ?? c.Today;
        if (day < LegalDay.Parse(current.Document.DecidedOn, "listing.document.decided_on"))
        {
            throw ListingChecks.Impossible("ended_on", "before the decision");
        }

        var listing = Move(current, operation, ground, c);
        listing.Ending = Ending(ground, day, document, c);
        return listing;
    }

    /// <summary>Confirms that a SCHEDULED listing's begin has come; changes no verdict.</summary>
    public static Listing Activate(Listing current, ListingContext c)
    {
        if (Instants.From(current.EffectiveFrom) > c.Now.UtcTicks)
        {
            throw NotAllowed(current, ListingOperation.Activate);
        }

        return Move(current, ListingOperation.Activate, EndGround.Unspecified, c, byClock: true);
    }

    /// <summary>Confirms that a live listing's term has ended; changes no verdict.</summary>
    public static Listing Expire(Listing current, ListingContext c)
    {
        if (Instants.Until(current.EffectiveUntil) > c.Now.UtcTicks)
        {
            throw NotAllowed(current, ListingOperation.Expire);
        }

        var listing = Move(current, ListingOperation.Expire, EndGround.Term, c, byClock: true);
        listing.Ending = new Ending
        {
            Ground = EndGround.Term,
            EndedOn = LegalDay.Format(LegalDay.Of(Instants.At(Instants.Until(current.EffectiveUntil) - 1))),
        };
        return listing;
    }

    // The clock's own events start from the stored state; callers meet the state that the clock has already made.
    private static Listing Move(
        Listing current, ListingOperation operation, EndGround ground, ListingContext c, bool byClock = false)
    {
        var state = byClock ? current.State : ListingTimes.StateAt(current, c.Now);
        var next = ListingStateMachine.Next(state, operation);
        var listing = current.Clone();
        listing.State = operation == ListingOperation.Reinstate ? LiveState(listing, c.Now) : next;
        listing.Revision = current.Revision + 1;
        ListingEffects.Recompute(listing, KindOf(current, c), ground, current.State != ListingState.Suspended || !byClock, c);
        return listing;
    }

    private static void Complete(
        Listing listing, ListKind kind, DateOnly published, ListingContext c, bool keepsTerm = false)
    {
        listing.EffectiveFrom = Truncate(listing.EffectiveFrom) ?? Timestamp.FromDateTimeOffset(c.Now);
        listing.EffectiveUntil = Truncate(listing.EffectiveUntil);
        if (!keepsTerm)
        {
            ListingTerms.Settle(listing, kind, published, c.Now);
        }

        if (listing.LegalBasis.Length == 0)
        {
            listing.LegalBasis = LegalTexts.Citation(kind.Basis);
        }

        ListingEffects.ApplyMeasures(
            listing, c.Catalogue, LegalDay.Parse(listing.Document.DecidedOn, "listing.document.decided_on"));
    }

    // Instants are compared in ticks of 100 ns everywhere; what is finer would be stored and never honoured.
    private static Timestamp? Truncate(Timestamp? timestamp) =>
        timestamp is null ? null : Timestamp.FromDateTimeOffset(Instants.At(Instants.From(timestamp)));

    private static ListKind KindOf(Listing listing, ListingContext c) => ListingChecks.Kind(
        listing.ListCode, LegalDay.Parse(listing.Document?.DecidedOn ?? "", "listing.document.decided_on"), c.Catalogue);

    private static ListingState LiveState(Listing listing, DateTimeOffset now) =>
        Instants.From(listing.EffectiveFrom) > now.UtcTicks ? ListingState.Scheduled : ListingState.Active;

    private static Ending Ending(EndGround ground, DateOnly day, DecisionDocument? document, ListingContext c)
    {
        if (document is not null)
        {
            TextRules.Check(document.Number, "document.number", 200, required: false);
            TextRules.Check(document.Authority, "document.authority", 200, required: false);
            ListingChecks.CheckDay(document.DecidedOn, "document.decided_on", c.Today, required: false);
        }

        return new Ending { Ground = ground, EndedOn = LegalDay.Format(day), Document = document?.Clone() };
    }

    private static RuleViolation NotAllowed(Listing listing, ListingOperation operation) => new(
        ErrorReason.StateNotAllowed,
        "",
        ("state", WireNames.Of(listing.State)),
        ("operation", WireNames.Of(operation)));
}
