using System.Collections;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CreditExchange.Domain.Masks;

/// <summary>One row of the field mask, compiled: which fields of a message are copied, and of which only parts.</summary>
internal sealed class MaskPlan
{
    private readonly Step[] steps;

    private MaskPlan(Step[] steps, bool isWhole, bool givesToken, bool givesReason)
    {
        this.steps = steps;
        IsWhole = isWhole;
        GivesToken = givesToken;
        GivesReason = givesReason;
    }

    /// <summary>Whether everything is seen.</summary>
    public bool IsWhole { get; }

    /// <summary>Whether the recipient gets subject_token instead of subject.</summary>
    public bool GivesToken { get; }

    /// <summary>Whether the recipient sees reasons.</summary>
    public bool GivesReason { get; }

    /// <summary>Compiles fields; null when there are none. A field that doesn't exist shows nothing.</summary>
    public static MaskPlan? Compile(IEnumerable<string> fields)
    {
        var root = new Node();
        foreach (var path in fields)
        {
            if (path == "*")
            {
                return new MaskPlan([], isWhole: true, givesToken: false, givesReason: true);
            }

            root.Add(path.Split('.'), 0);
        }

        var steps = Steps(root, Listing.Descriptor, out var names);
        if (names.Count == 0)
        {
            return null;
        }

        var token = names.Contains("subject_token") && !names.Contains("subject");
        return new MaskPlan(steps, isWhole: false, token, names.Contains("reason"));
    }

    /// <summary>
    /// What is seen, as a new message. Parts that are shown whole are shared with the original: not to be changed.
    /// </summary>
    public Listing Copy(Listing whole)
    {
        if (IsWhole)
        {
            var copy = whole.Clone();
            copy.SubjectToken = null;
            return copy;
        }

        var seen = new Listing();
        Copy(steps, whole, seen);
        return seen;
    }

    /// <summary>The fields that <see cref="Copy(Listing)"/> copies, in the order of their numbers, and the token that it stands for.</summary>
    public IReadOnlyList<string> FieldsSeen()
    {
        var seen = new List<string>();
        if (IsWhole)
        {
            seen.AddRange(Listing.Descriptor.Fields.InFieldNumberOrder().Select(f => f.Name).Where(n => n != "subject_token"));
            return seen;
        }

        Collect(steps, "", seen);
        if (GivesToken)
        {
            seen.Add("subject_token");
        }

        return seen;
    }

    private static void Collect(Step[] steps, string before, List<string> seen)
    {
        foreach (var step in steps.OrderBy(s => s.Field.FieldNumber))
        {
            if (step.Parts is null)
            {
                seen.Add(before + step.Field.Name);
            }
            else
            {
                Collect(step.Parts, $"{before}{step.Field.Name}.", seen);
            }
        }
    }

    private static void Copy(Step[] steps, IMessage source, IMessage target)
    {
        foreach (var step in steps)
        {
            var value = step.Field.Accessor.GetValue(source);
            if (step.Field.IsRepeated)
            {
                CopyItems(step, (IList)value, (IList)step.Field.Accessor.GetValue(target));
            }
            else if (value is IMessage part && step.Parts is not null)
            {
                step.Field.Accessor.SetValue(target, CopyPart(step, part));
            }
            else if (value is not null)
            {
                step.Field.Accessor.SetValue(target, value);
            }
        }
    }

    private static void CopyItems(Step step, IList from, IList to)
    {
        foreach (var item in from)
        {
            to.Add(step.Parts is not null && item is IMessage part ? CopyPart(step, part) : item);
        }
    }

    private static IMessage CopyPart(Step step, IMessage part)
    {
        var seen = step.Field.MessageType.Parser.ParseFrom(ByteString.Empty);
        Copy(step.Parts!, part, seen);
        return seen;
    }

    private static Step[] Steps(Node node, MessageDescriptor descriptor, out HashSet<string> names)
    {
        names = new HashSet<string>(StringComparer.Ordinal);
        var steps = new List<Step>();
        foreach (var (name, child) in node.Children)
        {
            var field = descriptor.FindFieldByName(name);
            if (field is null)
            {
                continue;
            }

            names.Add(name);
            if (name == "subject_token" && descriptor == Listing.Descriptor)
            {
                continue;
            }

            var parts = child.IsWhole || field.FieldType != FieldType.Message ? null : Steps(child, field.MessageType, out _);
            steps.Add(new Step(field, parts));
        }

        return [.. steps];
    }

    private sealed record Step(FieldDescriptor Field, Step[]? Parts);

    private sealed class Node
    {
        public Dictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public bool IsWhole { get; private set; }

        public void Add(string[] path, int depth)
        {
            if (depth == path.Length)
            {
                IsWhole = true;
                return;
            }

            if (!Children.TryGetValue(path[depth], out var child))
            {
                Children.Add(path[depth], child = new Node());
            }

            child.Add(path, depth + 1);
        }
    }
}
