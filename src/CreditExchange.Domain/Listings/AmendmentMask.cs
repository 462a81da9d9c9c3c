using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Listings;

/// <summary>Which fields an amendment may name, and how it replaces them.</summary>
internal static class AmendmentMask
{
    private static readonly HashSet<string> Immutable =
        new(StringComparer.Ordinal) { "subject", "list_code", "source_ref" };

    private static readonly HashSet<string> Whole = new(StringComparer.Ordinal)
    {
        "subject_name", "reason", "document", "effective_from", "effective_until", "related_persons", "measures", "legal_basis",
        "conduct_on", "notice", "other_ids", "grade", "personal_publication_basis",
    };

    // Messages whose parts can be named one by one; parts of repeated fields have no path.
    private static readonly HashSet<string> Divisible = new(StringComparer.Ordinal) { "document", "notice" };

    /// <summary>The paths of a mask that may be amended.</summary>
    /// <exception cref="RuleViolation">UPDATE_MASK for an empty mask or a path that can't be amended; SUBJECT_IMMUTABLE.</exception>
    public static HashSet<string> Check(FieldMask? mask)
    {
        if (mask is null || mask.Paths.Count == 0)
        {
            throw new RuleViolation(ErrorReason.UpdateMask, "update_mask", ("path", ""));
        }

        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in mask.Paths)
        {
            var dot = path.IndexOf('.', StringComparison.Ordinal);
            var head = dot < 0 ? path : path[..dot];
            if (Immutable.Contains(head))
            {
                throw new RuleViolation(ErrorReason.SubjectImmutable, "listing." + head);
            }

            var known = dot < 0 ? Whole.Contains(path) : Divisible.Contains(head) && HasPart(head, path[(dot + 1)..]);
            if (!known)
            {
                throw new RuleViolation(
                    ErrorReason.UpdateMask, "update_mask", ("path", path.Length <= 100 ? path : path[..100]));
            }

            paths.Add(path);
        }

        return paths;
    }

    /// <summary>Replaces the named fields; one that the changes leave empty becomes empty.</summary>
    public static void Apply(HashSet<string> paths, Listing changes, Listing target)
    {
        var source = changes.Clone();
        foreach (var path in paths)
        {
            var dot = path.IndexOf('.', StringComparison.Ordinal);
            var field = Listing.Descriptor.FindFieldByName(dot < 0 ? path : path[..dot]);
            if (dot < 0)
            {
                Replace(field, source, target);
                continue;
            }

            // A part that is named together with its whole comes with it.
            if (paths.Contains(field.Name))
            {
                continue;
            }

            var part = field.MessageType.FindFieldByName(path[(dot + 1)..]);
            if (field.Accessor.GetValue(target) is not IMessage own)
            {
                own = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                field.Accessor.SetValue(target, own);
            }

            Replace(part, field.Accessor.GetValue(source) as IMessage, own);
        }
    }

    private static bool HasPart(string head, string part) =>
        Listing.Descriptor.FindFieldByName(head).MessageType.FindFieldByName(part) is not null;

    private static void Replace(FieldDescriptor field, IMessage? source, IMessage target)
    {
        field.Accessor.Clear(target);
        if (source is null)
        {
            return;
        }

        var value = field.Accessor.GetValue(source);
        if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(target);
            foreach (var item in (System.Collections.IList)value)
            {
                list.Add(item);
            }
        }
        else if (value is not null)
        {
            field.Accessor.SetValue(target, value);
        }
    }
}
