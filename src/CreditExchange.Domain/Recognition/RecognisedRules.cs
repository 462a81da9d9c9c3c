using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Ledgers;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Recognition;

/// <summary>An event that a partner tells of one of its listings.</summary>
/// <param name="LedgerId">The partner's ledger and epoch.</param>
/// <param name="Position">Position there.</param>
/// <param name="Listing">The listing as it stands after the event: with subject, or, of a person, with subject_token.</param>
public sealed record OriginEvent(string LedgerId, long Position, Listing Listing);

/// <summary>
/// What a partner's listing becomes here: another list, this side's measures, the origin's state and times. Only the origin changes it,
/// and the clock, by the end that the origin gave it.
/// </summary>
public static class RecognisedRules
{
    private const int LongestBasis = 500;

    /// <summary>The listing here after an event of its origin.</summary>
    /// <param name="told">What the origin tells.</param>
    /// <param name="row">The row that recognises its list, of an agreement in force.</param>
    /// <param name="party">The origin as a party of the agreement.</param>
    /// <param name="current">As it stands here; null: it is new.</param>
    /// <param name="catalogue">This side's catalogue.</param>
    /// <param name="now">The time.</param>
    /// <returns>The listing without listing_id and position, and what the event is; null: there is nothing here that it could end.</returns>
    /// <exception cref="RuleViolation">ORIGIN_MISMATCH, ORIGIN_STALE, OUTSIDE_AGREEMENT, STATE_NOT_ALLOWED or a fault of a field.</exception>
    public static (Listing Listing, EventKind Kind)? Accept(
        OriginEvent told, RecognisedRow row, AgreementParty party, Listing? current, CatalogueIndex catalogue, DateTimeOffset now)
    {
        var from = told.Listing;
        CheckOrigin(told, party);
        if (current is not null && !IsNewer(told, row, current))
        {
            throw new RuleViolation(
                ErrorReason.OriginStale, "listing.revision", ("actual", FormattableString.Invariant($"{current.Origin.Revision}")));
        }

        if (!System.Enum.IsDefined(from.State) || from.State == ListingState.Unspecified)
        {
            throw new RuleViolation(ErrorReason.EnumInvalid, "listing.state", ("value", WireNames.Of(from.State)));
        }

        if (ListingStateMachine.IsFinal(from.State) && (current is null || ListingStateMachine.IsFinal(current.State)))
        {
            return null;
        }

        // Only what the clock alone had ended can go on: the origin may have prolonged it meanwhile.
        if (current is not null && ListingStateMachine.IsFinal(current.State) && current.State != ListingState.Expired)
        {
            throw new RuleViolation(
                ErrorReason.StateNotAllowed, "listing.state", ("state", WireNames.Of(current.State)), ("operation", WireNames.Of(from.State)));
        }

        var today = LegalDay.Of(now);
        var kind = catalogue.ListKind(row.ListCode, today)
            ?? throw new RuleViolation(ErrorReason.ListUnknown, "listing.list_code", ("list_code", row.ListCode));
        var listing = Copy(told, row, kind, today);
        listing.Revision = (current?.Revision ?? 0) + 1;
        listing.ListingId = current?.ListingId ?? "";
        listing.Provenances.Add(current?.Provenances ?? []);
        ApplyMeasures(listing, from, row, kind, catalogue, now);
        listing.Effects = EffectsOf(listing, current, now);
        return (listing, KindOf(current, listing.State));
    }

    /// <summary>What the clock has made of a recognised listing: in force, or at its end.</summary>
    /// <param name="current">As it stands here.</param>
    /// <param name="now">The time.</param>
    public static Listing ByClock(Listing current, DateTimeOffset now)
    {
        var listing = current.Clone();
        listing.State = ListingTimes.StateAt(current, now);
        listing.Revision++;
        listing.Position = 0;
        if (listing.State == ListingState.Expired)
        {
            listing.Ending = new Ending
            {
                Ground = EndGround.Term,
                EndedOn = LegalDay.Format(LegalDay.Of(Instants.At(Instants.Until(current.EffectiveUntil) - 1))),
            };
        }

        listing.Effects = EffectsOf(listing, current, now);
        return listing;
    }

    /// <summary>
    /// Whether two listings rest on one decision: the same list, subject, authority and number of the document. Without any of these
    /// nobody can tell, so of persons, who come under tokens, never.
    /// </summary>
    public static bool AreOneDecision(Listing a, Listing b) =>
        a.ListCode == b.ListCode && a.Subject is not null && a.Subject.Equals(b.Subject)
        && Plain(a.Document?.Number) is { Length: > 0 } number && number == Plain(b.Document?.Number)
        && Plain(a.Document?.Authority) is { Length: > 0 } authority && authority == Plain(b.Document?.Authority);

    /// <summary>A listing that has come by a further way too.</summary>
    public static Listing AddProvenance(Listing current, Origin way)
    {
        var listing = current.Clone();
        listing.Provenances.Add(way);
        listing.Revision++;
        listing.Position = 0;
        return listing;
    }

    /// <summary>A listing without a way that has ended; the listing itself goes on.</summary>
    public static Listing RemoveProvenance(Listing current, Origin way)
    {
        var listing = current.Clone();
        for (var i = listing.Provenances.Count - 1; i >= 0; i--)
        {
            if (IsOneWay(listing.Provenances[i], way))
            {
                listing.Provenances.RemoveAt(i);
            }
        }

        listing.Revision++;
        listing.Position = 0;
        return listing;
    }

    /// <summary>Whether two origins are of one listing of one ledger, whatever its epoch.</summary>
    public static bool IsOneWay(Origin a, Origin b) => a.ListingId == b.ListingId && LedgerIds.WithoutEpoch(a.LedgerId) == LedgerIds.WithoutEpoch(b.LedgerId);

    /// <summary>A recognised listing that has ended on a further way on which it came: it ends here, whatever its origin says later.</summary>
    /// <param name="current">As it stands here; live.</param>
    /// <param name="ended">As it stands there; final.</param>
    /// <param name="now">The time.</param>
    public static (Listing Listing, EventKind Kind) EndByProvenance(Listing current, Listing ended, DateTimeOffset now)
    {
        var listing = current.Clone();
        listing.State = ended.State;
        listing.Revision++;
        listing.Position = 0;
        listing.Ending = new Ending
        {
            Ground = ended.Ending is { } there && System.Enum.IsDefined(there.Ground) ? there.Ground : EndGround.Unspecified,
            EndedOn = LegalDay.Format(LegalDay.Of(now)),
        };
        foreach (var measure in listing.AppliedMeasures)
        {
            measure.Until = Timestamp.FromDateTimeOffset(now);
            measure.Permanent = false;
        }

        listing.Effects = EffectsOf(listing, current, now);
        return (listing, KindOf(current, listing.State));
    }

    /// <summary>Refuses what isn't the party's own.</summary>
    /// <exception cref="RuleViolation">ORIGIN_MISMATCH.</exception>
    public static void CheckOrigin(OriginEvent told, AgreementParty party)
    {
        var origin = told.Listing.Origin;
        if (LedgerIds.WithoutEpoch(told.LedgerId) != party.LedgerId)
        {
            throw Mismatch("ledger_id");
        }

        if (origin is null || origin.Region.Length == 0 || !RegionReach.LiesIn(origin.Region, party.Region) || origin.Agency.Length is 0 or > 63
            || origin.Agency.Contains('/', StringComparison.Ordinal))
        {
            throw Mismatch("region");
        }

        // What it has recognised itself is not its own.
        if (origin.Agreement.Length > 0)
        {
            throw Mismatch("agreement");
        }

        if (told.Listing.ListingId.Length is 0 or > 128 || told.Listing.Revision < 1 || told.Position < 1)
        {
            throw Mismatch("listing_id");
        }
    }

    // The same revision again under another agreement, or with a token of another key, says something new.
    private static bool IsNewer(OriginEvent told, RecognisedRow row, Listing current) =>
        told.Listing.Revision > current.Origin.Revision
        || (told.Listing.Revision == current.Origin.Revision
            && (row.Agreement != current.Origin.Agreement || TokenVersion(told.Listing) != TokenVersion(current)));

    /// <summary>Version of the key that a listing's subject token is made with; 0: it has none.</summary>
    public static uint TokenVersion(Listing listing) => listing.Subject is null ? listing.SubjectToken?.KeyVersion ?? 0 : 0;

    private static Listing Copy(OriginEvent told, RecognisedRow row, ListKind kind, DateOnly today)
    {
        var from = told.Listing;
        var listing = new Listing
        {
            ListCode = row.ListCode,
            State = from.State,
            Reason = Text(from.Reason, "listing.reason", 4_000),
            Document = Document(from.Document, "listing.document"),
            LegalBasis = Text(from.LegalBasis, "listing.legal_basis", LongestBasis),
            ConductOn = Day(from.ConductOn, "listing.conduct_on", required: false),
            Grade = kind.Grades.Any(g => g.Code == from.Grade) ? from.Grade : "",
            EffectiveFrom = Instant(from.EffectiveFrom, "listing.effective_from"),
            EffectiveUntil = Instant(from.EffectiveUntil, "listing.effective_until"),
            Origin = new Origin
            {
                Region = from.Origin.Region,
                // Never the name of an agency of this side, whatever the partner calls its own.
                Agency = $"{row.Region}/{from.Origin.Agency}",
                Agreement = row.Agreement,
                ListingId = from.ListingId,
                LedgerId = told.LedgerId,
                Position = told.Position,
                Revision = from.Revision,
                ListCode = from.ListCode,
                Article = row.Article,
            },
        };
        if (listing.EffectiveFrom is null)
        {
            throw new RuleViolation(ErrorReason.Required, "listing.effective_from");
        }

        if (Instants.Until(listing.EffectiveUntil) <= Instants.From(listing.EffectiveFrom))
        {
            throw new RuleViolation(ErrorReason.DateImpossible, "listing.effective_until", ("cause", "before the begin"));
        }

        Day(listing.Document.DecidedOn, "listing.document.decided_on", required: true);
        if (from.Ending is { } ending)
        {
            listing.Ending = new Ending
            {
                Ground = System.Enum.IsDefined(ending.Ground) ? ending.Ground : EndGround.Unspecified,
                EndedOn = Day(ending.EndedOn, "listing.ending.ended_on", required: false),
                Document = ending.Document is null ? null : Document(ending.Document, "listing.ending.document"),
            };
        }

        SetSubject(listing, from, kind, row, today);
        return listing;
    }

    // An organisation comes by its number, which is public; a person under a token, and without a name.
    private static void SetSubject(Listing listing, Listing from, ListKind kind, RecognisedRow row, DateOnly today)
    {
        if (from.Subject is null)
        {
            if (from.SubjectToken is not { Value.Length: SubjectKey.Length - 1, KeyVersion: > 0 })
            {
                throw new RuleViolation(ErrorReason.Required, "listing.subject_token");
            }

            if (!kind.SubjectKinds.Any(SubjectIds.IsNaturalPerson))
            {
                throw Outside(row, from.ListCode);
            }

            listing.SubjectToken = from.SubjectToken.Clone();
            return;
        }

        listing.Subject = SubjectIds.Normalise(from.Subject, "listing.subject", today);
        if (SubjectIds.IsNaturalPerson(listing.Subject.Kind) || !kind.SubjectKinds.Contains(listing.Subject.Kind))
        {
            throw new RuleViolation(ErrorReason.SubjectKind, "listing.subject.kind", ("kind", WireNames.Of(listing.Subject.Kind)));
        }

        TextRules.Check(from.SubjectName, "listing.subject_name", 200, required: true);
        listing.SubjectName = from.SubjectName;
        foreach (var other in from.OtherIds.Take(10))
        {
            var id = SubjectIds.Normalise(other, "listing.other_ids", today);
            if (!SubjectIds.IsNaturalPerson(id.Kind))
            {
                listing.OtherIds.Add(id);
            }
        }
    }

    private static void ApplyMeasures(
        Listing listing, Listing from, RecognisedRow row, ListKind kind, CatalogueIndex catalogue, DateTimeOffset now)
    {
        var today = LegalDay.Of(now);
        // What the origin narrowed stays narrow, as far as both sides have the same words for it.
        var known = from.Measures.Where(m => catalogue.Measure(m, today) is not null).ToHashSet(StringComparer.Ordinal);
        var ended = ListingStateMachine.IsFinal(listing.State);
        foreach (var code in kind.DefaultMeasures)
        {
            if (!row.Recognises(code) || (known.Count > 0 && !known.Contains(code)))
            {
                continue;
            }

            listing.Measures.Add(code);
            var own = from.AppliedMeasures.FirstOrDefault(m => m.Code == code);
            var until = own is null ? listing.EffectiveUntil : Instant(own.Until, "listing.applied_measures.until");
            if (ended)
            {
                // What the origin says goes on after the end goes on; all else ends now, whatever time was told.
                var goesOn = listing.State != ListingState.Withdrawn && own is not null && !own.Permanent
                    && own.Until is not null && !own.EndedByRepair && Instants.Until(until) > now.UtcTicks;
                until = goesOn ? until : Timestamp.FromDateTimeOffset(now);
            }

            listing.AppliedMeasures.Add(new AppliedMeasure
            {
                Code = code,
                From = listing.EffectiveFrom,
                Until = until,
                EndedByRepair = own?.EndedByRepair ?? catalogue.Measure(code, today)?.EndedByRepair ?? true,
            });
        }
    }

    // It isn't published here: that is the origin's to do, and to end.
    private static Effects EffectsOf(Listing listing, Listing? current, DateTimeOffset now)
    {
        var live = ListingStateMachine.IsLive(listing.State);
        var ground = listing.Ending?.Ground ?? EndGround.Unspecified;
        var counts = ListingTimes.Counts(listing, now);
        var end = Timestamp.FromDateTimeOffset(now);
        return new Effects
        {
            Publication = new Effect { Ground = ground },
            Sharing = live
                ? new Effect { On = true, From = current?.Effects?.Sharing?.From ?? end }
                : new Effect { From = current?.Effects?.Sharing?.From, Until = end, Ground = ground },
            Measures = counts || (live && listing.State != ListingState.Suspended)
                ? new Effect { On = counts, From = listing.EffectiveFrom, Until = listing.EffectiveUntil, Ground = ground }
                : new Effect { From = listing.EffectiveFrom, Until = end, Ground = ground },
        };
    }

    private static EventKind KindOf(Listing? current, ListingState next) => (current?.State, next) switch
    {
        (null, _) => EventKind.Published,
        (_, ListingState.Repaired) => EventKind.Repaired,
        (_, ListingState.Ended) => EventKind.Ended,
        (_, ListingState.Withdrawn) => EventKind.Withdrawn,
        (_, ListingState.Expired) => EventKind.Expired,
        (not ListingState.Suspended, ListingState.Suspended) => EventKind.Suspended,
        (ListingState.Suspended, not ListingState.Suspended) => EventKind.Reinstated,
        (ListingState.Scheduled, ListingState.Active) => EventKind.Activated,
        _ => EventKind.Amended,
    };

    // Full-width forms and spaces are how people type a number, and no other number.
    private static string Plain(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        Span<char> plain = text.Length <= 256 ? stackalloc char[text.Length] : new char[text.Length];
        var length = 0;
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c))
            {
                plain[length++] = c switch
                {
                    >= '\uff01' and <= '\uff5e' => (char)(c - 0xfee0),
                    '〔' or '［' or '【' => '[',
                    '〕' or '］' or '】' => ']',
                    _ => c,
                };
            }
        }

        return plain[..length].ToString();
    }

    private static DecisionDocument Document(DecisionDocument? document, string field) => new()
    {
        Number = Text(document?.Number ?? "", field + ".number", 200),
        Authority = Text(document?.Authority ?? "", field + ".authority", 200),
        DecidedOn = Day(document?.DecidedOn ?? "", field + ".decided_on", required: false),
    };

    private static string Text(string text, string field, int max)
    {
        TextRules.Check(text, field, max, required: false);
        return text;
    }

    private static string Day(string day, string field, bool required)
    {
        if (day.Length > 0 || required)
        {
            LegalDay.Parse(day, field);
        }

        return day;
    }

    private static Timestamp? Instant(Timestamp? instant, string field)
    {
        if (instant is null)
        {
            return null;
        }

        return Instants.TryTicks(instant, out var ticks)
            ? Timestamp.FromDateTimeOffset(Instants.At(ticks))
            : throw new RuleViolation(ErrorReason.DateInvalid, field);
    }

    private static RuleViolation Mismatch(string what) => new(ErrorReason.OriginMismatch, "listing.origin", ("what", what));

    private static RuleViolation Outside(RecognisedRow row, string list) => new(
        ErrorReason.OutsideAgreement, "listing.list_code", ("agreement_id", row.Agreement), ("list_code", list.Length <= 64 ? list : list[..64]));
}
