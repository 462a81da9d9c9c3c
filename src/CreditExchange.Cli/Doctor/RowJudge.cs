using CreditExchange.Cli.Import;
using CreditExchange.Cli.Reconcile;
using CreditExchange.Cli.Texts;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Cli.Doctor;

/// <summary>
/// Judges rows as the hub would: by the same rules, in the same order, each after the ones before it. What a plain import's own rows
/// do is kept in <paramref name="held"/>, so that a second row of a listing meets the first; a full file names each listing once.
/// </summary>
/// <param name="context">Catalogue, agency and time.</param>
/// <param name="held">What the hub holds; empty where none is asked.</param>
/// <param name="mayPublish">Whether the agency may publish on a list; null: not known.</param>
/// <param name="language">Of the texts.</param>
/// <param name="records">Whether what is let in is kept for the rows after it.</param>
internal sealed class RowJudge(
    ListingContext context, HeldListings held, Func<string, bool?> mayPublish, Language language, bool records = true)
{
    private readonly Dictionary<string, string> _requests = new(StringComparer.Ordinal);

    /// <summary>What cx import without --reconcile would come to.</summary>
    public Verdict OfImport(SourceRow row)
    {
        if (row.Request is not { } request)
        {
            return Fault(row);
        }

        try
        {
            var repeated = Repeated(request);
            return request.ItemCase switch
            {
                ImportListingsRequest.ItemOneofCase.Listing => Publish(request.Listing, repeated),
                ImportListingsRequest.ItemOneofCase.Amend => Amend(request.Amend),
                _ => End(request.End),
            };
        }
        catch (RuleViolation violation)
        {
            return Verdict.Of(violation, language);
        }
    }

    /// <summary>What cx import --reconcile would come to.</summary>
    public Verdict OfFate(RowFate fate)
    {
        try
        {
            return fate.Fate switch
            {
                Fate.New => Publish(fate.Row.Request!.Listing, repeated: false),
                Fate.Amended => Amend(fate.Row.Request!.Amend),
                Fate.Unchanged => new Verdict(Verdict.Unchanged),
                Fate.Expired => new Verdict(Verdict.Expired),
                Fate.Ended => End(fate.Row.Request!.End),
                Fate.WithoutGround => Fault(fate.Row) with { Outcome = Verdict.WithoutGround },
                _ => fate.Row.Request is { } request ? Publish(request.Listing, repeated: false) : Fault(fate.Row),
            };
        }
        catch (RuleViolation violation)
        {
            return Verdict.Of(violation, language);
        }
    }

    private Verdict Fault(SourceRow row) => new(Verdict.Refuse, row.Fault!.Reason, row.Fault.Field, row.Fault.Text.In(language));

    // A request id of the file's own: the first row with it counts.
    private bool Repeated(ImportListingsRequest request)
    {
        if (request.RequestId.Length == 0)
        {
            return false;
        }

        TextRules.Check(request.RequestId, "request_id", 64, required: true);
        var bare = request.Clone();
        bare.RequestId = "";
        var content = RequestIds.Of("", bare);
        if (_requests.TryAdd(request.RequestId, content))
        {
            return false;
        }

        return _requests[request.RequestId] == content
            ? true
            : throw new RuleViolation(ErrorReason.RequestIdReused, "request_id");
    }

    private Verdict Publish(Listing requested, bool repeated)
    {
        CheckRight(requested.ListCode, "publish");
        var known = RowKey.TryOf(requested, context.Today, out var key) ? held.Find(key) : null;
        if (known is not null && (repeated || FieldDifference.Of(FieldDifference.Normalise(requested, context.Today), known.Listing, null).Count == 0))
        {
            return new Verdict(Verdict.AlreadyThere);
        }

        var listing = ListingRules.Publish(requested, context);
        if (known is { Live: true })
        {
            throw new RuleViolation(ErrorReason.SourceRefTaken, "listing.source_ref");
        }

        if (records)
        {
            held.Put(listing);
        }

        return new Verdict(Verdict.Accept);
    }

    private Verdict Amend(AmendListingRequest request)
    {
        if (Target(request.ListingId, request.ListCode, request.SourceRef, request.Subject, request.Reason, request.ExpectedRevision) is not { } known)
        {
            return new Verdict(Verdict.Unjudged, Message: Say.DoctorUnjudged.In(language));
        }

        CheckRight(known.Key.List, "ImportListings");
        CheckRevision(request.ExpectedRevision, known);
        Record(known, ListingRules.Amend(known.Listing, request.Listing ?? new Listing(), request.UpdateMask ?? new(), context));
        return new Verdict(Verdict.Amend);
    }

    private Verdict End(EndListingRequest request)
    {
        if (Target(request.ListingId, request.ListCode, request.SourceRef, request.Subject, request.Reason, request.ExpectedRevision) is not { } known)
        {
            return new Verdict(Verdict.Unjudged, Message: Say.DoctorUnjudged.In(language));
        }

        CheckRevision(request.ExpectedRevision, known);
        Record(known, ListingRules.End(known.Listing, request.Ground, request.EndedOn, request.Document, context));
        return new Verdict(Verdict.End);
    }

    private void Record(Held known, Listing after)
    {
        if (records)
        {
            held.Replace(known, after);
        }
    }

    private Held? Target(string listingId, string list, string reference, SubjectId? subject, string reason, long revision)
    {
        TextRules.Check(reason, "reason", 1000, required: true);
        if (revision < 0)
        {
            throw new RuleViolation(ErrorReason.RevisionRequired, "expected_revision");
        }

        if (listingId.Length > 0)
        {
            return held.Find(listingId);
        }

        if (list.Length == 0 || reference.Length == 0 || subject is null)
        {
            throw new RuleViolation(ErrorReason.Required, "listing_id");
        }

        var id = SubjectIds.Normalise(subject, "subject", context.Today);
        return held.Find(new RowKey(list, RowKey.Trim(reference), id.Kind, id.Number, id.Issuer));
    }

    private static void CheckRevision(long expected, Held known)
    {
        if (expected != 0 && expected != known.Listing.Revision)
        {
            throw new RuleViolation(
                ErrorReason.RevisionStale, "expected_revision", ("expected", $"{expected}"), ("actual", $"{known.Listing.Revision}"));
        }
    }

    private void CheckRight(string list, string operation)
    {
        if (!context.Catalogue.KnowsList(list))
        {
            throw new RuleViolation(ErrorReason.ListUnknown, "listing.list_code", ("list_code", list.Length <= 64 ? list : list[..64]));
        }

        if (context.Catalogue.ListKind(list, context.Today) is null || mayPublish(list) == false)
        {
            throw new RuleViolation(ErrorReason.ListNotPermitted, "", ("list_code", list), ("operation", operation));
        }
    }
}
