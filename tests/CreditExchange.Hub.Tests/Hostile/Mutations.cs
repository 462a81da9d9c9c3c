using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Tests.Hostile;

/// <summary>Makes bad messages from a seed and from the descriptors.</summary>
internal static class Mutations
{
    public static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(1, 200)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A valid message with bits flipped, an end cut off, a part repeated or put in elsewhere.</summary>
    public static byte[] Mutate(byte[] valid, Random random)
    {
        var bytes = valid.ToList();
        for (var i = random.Next(1, 4); i > 0 && bytes.Count > 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 2:
                    bytes.AddRange(valid);
                    break;
                default:
                    bytes.InsertRange(at, valid.Take(random.Next(1, Math.Min(valid.Length, 12))).ToArray());
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Paths of all fields of a type, in messages below it too; a message's second occurrence on a path ends it.</summary>
    public static IEnumerable<FieldDescriptor[]> Paths(MessageDescriptor type, Predicate<FieldDescriptor> isWanted, params FieldDescriptor[] above)
    {
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            FieldDescriptor[] path = [.. above, field];
            if (isWanted(field))
            {
                yield return path;
            }

            if (field.FieldType == FieldType.Message && !field.IsMap && above.All(f => f.MessageType != field.MessageType)
                && field.MessageType != Timestamp.Descriptor && path.Length < 5)
            {
                foreach (var below in Paths(field.MessageType, isWanted, path))
                {
                    yield return below;
                }
            }
        }
    }

    /// <summary>Sets the field at the end of a path; makes what is missing on the way.</summary>
    public static void Set(IMessage root, FieldDescriptor[] path, object value)
    {
        var target = root;
        foreach (var field in path[..^1])
        {
            target = Child(target, field);
        }

        var last = path[^1];
        if (last.IsRepeated)
        {
            ((IList)last.Accessor.GetValue(target)).Add(value);
        }
        else
        {
            last.Accessor.SetValue(target, value);
        }
    }

    private static IMessage Child(IMessage parent, FieldDescriptor field)
    {
        var value = field.Accessor.GetValue(parent);
        if (field.IsRepeated)
        {
            var list = (IList)value;
            if (list.Count == 0)
            {
                list.Add(field.MessageType.Parser.ParseFrom(ByteString.Empty));
            }

            return (IMessage)list[0]!;
        }

        if (value is null)
        {
            field.Accessor.SetValue(parent, field.MessageType.Parser.ParseFrom(ByteString.Empty));
        }

        return (IMessage)field.Accessor.GetValue(parent);
    }
}
