using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Listings;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using static CreditExchange.Domain.Tests.Listings.ListingSamples;

namespace CreditExchange.Domain.Tests.Listings;

public class LifeCycleTests
{
    [Fact]
    public void The_table_allows_what_the_contract_draws_and_nothing_else()
    {
        foreach (var state in System.Enum.GetValues<ListingState>())
        {
            foreach (var operation in System.Enum.GetValues<ListingOperation>())
            {
                var live = state is ListingState.Scheduled or ListingState.Active or ListingState.Suspended;
                ListingState? expected = operation switch
                {
                    _ when !live => null,
                    ListingOperation.Amend => state,
                    ListingOperation.Suspend => state == ListingState.Active ? ListingState.Suspended : null,
                    ListingOperation.Reinstate => state == ListingState.Suspended ? ListingState.Active : null,
                    ListingOperation.Activate => state == ListingState.Scheduled ? ListingState.Active : null,
                    ListingOperation.Withdraw => ListingState.Withdrawn,
                    ListingOperation.End => ListingState.Ended,
                    ListingOperation.Repair => ListingState.Repaired,
                    _ => ListingState.Expired,
                };
                Assert.Equal(expected is not null, ListingStateMachine.TryNext(state, operation, out var next));
                Assert.Equal(expected ?? ListingState.Unspecified, next);
            }
        }
    }

    [Fact]
    public void A_final_listing_says_its_state_and_the_operation()
    {
        var ended = ListingRules.End(Published(), EndGround.DutyDone, "", null, Context);
        var violation = Refused(ErrorReason.StateNotAllowed, "", () => ListingRules.Suspend(ended, Context));
        Assert.Equal(("ENDED", "SUSPEND"), (violation.Facts["state"], violation.Facts["operation"]));
    }

    [Fact]
    public void Suspending_takes_the_measures_off_and_reinstating_brings_them_back()
    {
        var listing = Published();
        var suspended = ListingRules.Suspend(listing, At(Now.AddHours(1)));
        Assert.Equal((ListingState.Suspended, 2L, false), (suspended.State, suspended.Revision, suspended.Effects.Measures.On));
        Assert.False(ListingTimes.Counts(suspended, Now.AddHours(2)));
        var back = ListingRules.Reinstate(suspended, At(Now.AddHours(2)));
        Assert.Equal((ListingState.Active, 3L, true), (back.State, back.Revision, back.Effects.Measures.On));
        Assert.Equal(listing.AppliedMeasures, back.AppliedMeasures);
        Assert.True(ListingTimes.Counts(back, Now.AddHours(2)));
    }

    [Fact]
    public void A_suspended_listing_whose_begin_was_moved_ahead_returns_as_scheduled()
    {
        var suspended = ListingRules.Suspend(Published(), Context);
        var moved = Amend(suspended, l => l.EffectiveFrom = Stamp(Now.AddDays(5)), "effective_from");
        Assert.Equal(ListingState.Suspended, moved.State);
        Assert.Equal(ListingState.Scheduled, ListingRules.Reinstate(moved, Context).State);
    }

    [Theory]
    [InlineData(EndGround.Repair, ListingState.Repaired)]
    [InlineData(EndGround.DutyDone, ListingState.Ended)]
    public void An_end_takes_every_effect_off(EndGround ground, ListingState state)
    {
        var listing = ListingRules.End(Published(), ground, "2026-06-10", null, At(Now.AddHours(1)));
        Assert.Equal((state, 2L), (listing.State, listing.Revision));
        Assert.False(listing.Effects.Measures.On);
        Assert.False(listing.Effects.Publication.On);
        Assert.Equal(Stamp(Now.AddHours(1)), listing.Effects.Measures.Until);
        Assert.Equal(ground, listing.Effects.Measures.Ground);
        Assert.Equal(("2026-06-10", ground), (listing.Ending.EndedOn, listing.Ending.Ground));
        Assert.False(ListingTimes.Counts(listing, Now.AddHours(1)));
    }

    [Theory]
    [InlineData(EndGround.Term)]
    [InlineData(EndGround.Wrong)]
    public void A_ground_of_another_method_is_refused(EndGround ground) =>
        Refused(ErrorReason.GroundNotAllowed, "ground", () => ListingRules.End(Published(), ground, "", null, Context));

    [Fact]
    public void A_ground_the_list_does_not_name_is_refused() => Refused(
        ErrorReason.GroundNotAllowed,
        "ground",
        () => ListingRules.End(Published("tax.major-violation"), EndGround.NoAssets, "", null, Context));

    [Theory]
    [InlineData("2026-06-16", ErrorReason.DateImpossible)]
    [InlineData("2026-05-31", ErrorReason.DateImpossible)]
    [InlineData("yesterday", ErrorReason.DateInvalid)]
    public void An_impossible_day_of_the_end_is_refused(string day, ErrorReason reason) =>
        Refused(reason, "ended_on", () => ListingRules.End(Published(), EndGround.DutyDone, day, null, Context));

    [Fact]
    public void Before_April_2026_a_repair_left_measures_on_that_it_does_not_end_and_after_it_did_not()
    {
        // entry.banned-industry is not ended by repair; the rules of the day of the repair decide.
        var march = new DateTimeOffset(2026, 3, 1, 9, 0, 0, TimeSpan.FromHours(8));
        var request = Request("food.serious-violation");
        request.Document.DecidedOn = request.ConductOn = "2026-02-01";
        request.Notice.ServedOn = "2026-02-02";
        var listing = ListingRules.Publish(request, At(march));
        var before = ListingRules.End(listing, EndGround.Repair, "", null, At(march.AddDays(1)));
        Assert.True(before.Effects.Measures.On);
        Assert.True(ListingTimes.Counts(before, Now));
        Assert.False(ListingTimes.Counts(before, listing.EffectiveUntil.ToDateTimeOffset()));
        Assert.Equal(
            ["entry.banned-industry"], before.AppliedMeasures.Where(m => m.Until.Equals(listing.EffectiveUntil)).Select(m => m.Code));
        var after = ListingRules.End(listing, EndGround.Repair, "", null, Context);
        Assert.False(after.Effects.Measures.On);
        Assert.False(ListingTimes.Counts(after, Now));
    }

    [Fact]
    public void A_withdrawal_ends_everything()
    {
        var listing = ListingRules.Withdraw(Published("food.serious-violation"), null, At(Now.AddHours(1)));
        Assert.Equal((ListingState.Withdrawn, EndGround.Wrong), (listing.State, listing.Effects.Sharing.Ground));
        Assert.False(listing.Effects.Sharing.On);
        Assert.False(ListingTimes.Counts(listing, Now.AddHours(1)));
    }

    [Fact]
    public void The_clock_is_believed_before_its_event()
    {
        var request = Request();
        request.EffectiveFrom = Stamp(Now.AddHours(1));
        request.EffectiveUntil = Stamp(Now.AddHours(2));
        var listing = ListingRules.Publish(request, Context);
        Assert.Equal(ListingState.Scheduled, ListingTimes.StateAt(listing, Now.AddHours(1).AddTicks(-1)));
        Assert.Equal(ListingState.Active, ListingTimes.StateAt(listing, Now.AddHours(1)));
        Assert.Equal(ListingState.Active, ListingTimes.StateAt(listing, Now.AddHours(2).AddTicks(-1)));
        Assert.Equal(ListingState.Expired, ListingTimes.StateAt(listing, Now.AddHours(2)));
        Assert.Equal(ListingState.Suspended, ListingRules.Suspend(listing, At(Now.AddHours(1))).State);
        Refused(ErrorReason.StateNotAllowed, "", () => ListingRules.Withdraw(listing, null, At(Now.AddHours(2))));
        Refused(ErrorReason.StateNotAllowed, "", () => ListingRules.Activate(listing, Context));
        var active = ListingRules.Activate(listing, At(Now.AddHours(1)));
        Assert.True(active.Effects.Measures.On);
        Assert.Equal(Now.AddHours(2), ListingTimes.NextDue(active));
        Refused(ErrorReason.StateNotAllowed, "", () => ListingRules.Expire(active, At(Now.AddHours(2).AddTicks(-1))));
        var expired = ListingRules.Expire(active, At(Now.AddHours(3)));
        Assert.Equal((ListingState.Expired, EndGround.Term), (expired.State, expired.Ending.Ground));
        Assert.Equal(Stamp(Now.AddHours(2)), expired.Effects.Measures.Until);
        Assert.Null(ListingTimes.NextDue(expired));
    }

    [Fact]
    public void An_amendment_replaces_what_its_mask_names_and_parts_of_it()
    {
        var listing = Published();
        var amended = Amend(
            listing,
            l =>
            {
                l.SubjectName = "更正后的名称";
                l.Reason = "not named, so not changed";
                l.Document = new DecisionDocument { Number = "(2026)琼01执124号" };
            },
            "subject_name",
            "document.number");
        Assert.Equal("更正后的名称", amended.SubjectName);
        Assert.Equal(listing.Reason, amended.Reason);
        Assert.Equal("(2026)琼01执124号", amended.Document.Number);
        Assert.Equal(listing.Document.Authority, amended.Document.Authority);
        Assert.Equal((2L, listing.EffectiveUntil, listing.EffectiveFrom), (amended.Revision, amended.EffectiveUntil, amended.EffectiveFrom));
        Assert.Equal("(2026)琼01执123号", listing.Document.Number);
    }

    [Fact]
    public void A_computed_term_moves_with_the_decision_and_a_given_one_stays()
    {
        var computed = Published("customs.dutyfree-ban", Resident());
        var moved = Amend(computed, l => l.Document = new DecisionDocument { DecidedOn = "2026-05-20" }, "document.decided_on");
        Assert.Equal(LegalDay.StartTimestamp(new DateOnly(2029, 5, 21)), moved.EffectiveUntil);
        var request = Request("customs.dutyfree-ban", Resident());
        request.EffectiveUntil = Stamp(Now.AddDays(100));
        var given = ListingRules.Publish(request, Context);
        var kept = Amend(given, l => l.Document = new DecisionDocument { DecidedOn = "2026-05-20" }, "document.decided_on");
        Assert.Equal(given.EffectiveUntil, kept.EffectiveUntil);
        Assert.Equal(computed.EffectiveUntil, Amend(given, _ => { }, "effective_until").EffectiveUntil);
    }

    [Theory]
    [InlineData("subject", ErrorReason.SubjectImmutable, "listing.subject")]
    [InlineData("subject.number", ErrorReason.SubjectImmutable, "listing.subject")]
    [InlineData("list_code", ErrorReason.SubjectImmutable, "listing.list_code")]
    [InlineData("source_ref", ErrorReason.SubjectImmutable, "listing.source_ref")]
    [InlineData("state", ErrorReason.UpdateMask, "update_mask")]
    [InlineData("origin.agency", ErrorReason.UpdateMask, "update_mask")]
    [InlineData("document.nothing", ErrorReason.UpdateMask, "update_mask")]
    [InlineData("related_persons.name", ErrorReason.UpdateMask, "update_mask")]
    [InlineData("subjectName", ErrorReason.UpdateMask, "update_mask")]
    [InlineData("*", ErrorReason.UpdateMask, "update_mask")]
    [InlineData("", ErrorReason.UpdateMask, "update_mask")]
    public void A_mask_cannot_name_what_never_changes(string path, ErrorReason reason, string field) =>
        Refused(reason, field, () => Amend(Published(), _ => { }, path));

    [Fact]
    public void An_amendment_is_judged_like_a_publication()
    {
        Refused(ErrorReason.UpdateMask, "update_mask", () => ListingRules.Amend(Published(), new Listing(), new FieldMask(), Context));
        Refused(ErrorReason.Required, "listing.subject_name", () => Amend(Published(), _ => { }, "subject_name"));
        Refused(ErrorReason.DateImpossible, "listing.conduct_on", () => Amend(Published(), l => l.ConductOn = "2026-06-14", "conduct_on"));
    }

    [Fact]
    public void A_restored_listing_runs_the_remaining_term()
    {
        var old = Published("customs.dutyfree-ban", Resident());
        var repaired = ListingRules.End(old, EndGround.Repair, "", null, At(Now.AddDays(100)));
        var later = At(Now.AddDays(500));
        var request = Request("customs.dutyfree-ban", Resident());
        request.RestoresListingId = "old";
        var fresh = ListingRules.Publish(request, later);
        var other = Published("customs.dutyfree-ban", Born(1980, 1, 1));
        var restored = Restores.CheckRestores(fresh, repaired, later);
        var left = old.EffectiveUntil.ToDateTimeOffset() - Now.AddDays(100);
        Assert.Equal(
            new DateTimeOffset[] { Now.AddDays(500) + left, fresh.EffectiveUntil.ToDateTimeOffset() }.Min(),
            restored.EffectiveUntil.ToDateTimeOffset());
        Assert.Equal(restored.EffectiveUntil, restored.AppliedMeasures[0].Until);
        Assert.Equal(restored.EffectiveUntil, Amend(restored, l => l.Reason = "更正", "reason").EffectiveUntil);
        Refused(ErrorReason.RestoresInvalid, "listing.restores_listing_id", () => Restores.CheckRestores(fresh, old, later));
        Refused(ErrorReason.RestoresInvalid, "listing.restores_listing_id", () => Restores.CheckRestores(other, repaired, later));
    }

    private static Listing Amend(Listing current, Action<Listing> change, params string[] paths)
    {
        var changes = new Listing();
        change(changes);
        var mask = new FieldMask();
        mask.Paths.Add(paths);
        return ListingRules.Amend(current, changes, mask, Context);
    }
}
