using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;

namespace CreditExchange.Interop.Tests;

public sealed class ProtoDocumentationTests
{
    // Numbers of the fields of descriptor.proto that a path of SourceCodeInfo runs through.
    private const int Messages = 4;
    private const int Enums = 5;
    private const int Services = 6;
    private const int Extensions = 7;
    private const int FieldsOfMessage = 2;
    private const int MessagesOfMessage = 3;
    private const int EnumsOfMessage = 4;
    private const int OneofsOfMessage = 8;
    private const int ValuesOfEnum = 2;
    private const int MethodsOfService = 2;

    [Fact]
    public async Task Every_service_method_message_field_and_enum_value_has_a_comment()
    {
        var missing = new List<string>();
        var seen = 0;
        foreach (var file in await FilesAsync())
        {
            var described = file.SourceCodeInfo.Location.Where(l => l.LeadingComments.Trim().Length > 0 || l.TrailingComments.Trim().Length > 0)
                .Select(l => Key(l.Path)).ToHashSet(StringComparer.Ordinal);
            foreach (var (path, name) in ElementsOf(file))
            {
                seen++;
                if (!described.Contains(Key(path)))
                {
                    missing.Add($"{file.Name}: {name}");
                }
            }
        }

        Assert.True(seen > 300, $"Only {seen} elements were found.");
        Assert.True(missing.Count == 0, "Without a comment:\n" + string.Join('\n', missing));
    }

    private static async Task<IEnumerable<FileDescriptorProto>> FilesAsync()
    {
        var output = Path.GetTempFileName();
        try
        {
            string[] files = [.. Directory.GetFiles(Repository.PathOf("protos/creditexchange"), "*.proto", SearchOption.AllDirectories)];
            var (code, text) = await ChildProcess.RunAsync(
                ".", HubVariables.None, null,
                [Repository.Protoc, "-I", Repository.PathOf("protos"), "--include_source_info", $"--descriptor_set_out={output}", .. files]);
            Assert.True(code == 0, text);
            return FileDescriptorSet.Parser.WithDiscardUnknownFields(true).ParseFrom(await File.ReadAllBytesAsync(output)).File;
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static string Key(IEnumerable<int> path) => string.Join('.', path);

    private static List<(int[] Path, string Name)> ElementsOf(FileDescriptorProto file)
    {
        var elements = new List<(int[], string)>();
        Each(file.MessageType, [Messages], (m, path) => AddMessage(m, path, "", elements));
        Each(file.EnumType, [Enums], (e, path) => AddEnum(e, path, "", elements));
        Each(file.Extension, [Extensions], (x, path) => elements.Add((path, x.Name)));
        Each(file.Service, [Services], (s, path) =>
        {
            elements.Add((path, s.Name));
            Each(s.Method, [.. path, MethodsOfService], (m, inner) => elements.Add((inner, $"{s.Name}.{m.Name}")));
        });
        return elements;
    }

    private static void AddMessage(DescriptorProto message, int[] path, string outer, List<(int[], string)> elements)
    {
        var name = outer + message.Name;
        elements.Add((path, name));
        Each(message.Field, [.. path, FieldsOfMessage], (f, inner) => elements.Add((inner, $"{name}.{f.Name}")));
        Each(message.OneofDecl, [.. path, OneofsOfMessage], (o, inner) =>
        {
            // A proto3 `optional` makes a oneof of its own, which nobody wrote.
            if (!o.Name.StartsWith('_'))
            {
                elements.Add((inner, $"{name}.{o.Name}"));
            }
        });
        Each(message.EnumType, [.. path, EnumsOfMessage], (e, inner) => AddEnum(e, inner, name + ".", elements));
        Each(message.NestedType, [.. path, MessagesOfMessage], (m, inner) =>
        {
            if (m.Options?.MapEntry != true)
            {
                AddMessage(m, inner, name + ".", elements);
            }
        });
    }

    private static void AddEnum(EnumDescriptorProto type, int[] path, string outer, List<(int[], string)> elements)
    {
        elements.Add((path, outer + type.Name));
        Each(type.Value, [.. path, ValuesOfEnum], (v, inner) => elements.Add((inner, $"{outer}{type.Name}.{v.Name}")));
    }

    private static void Each<T>(RepeatedField<T> items, int[] path, Action<T, int[]> act)
        where T : IMessage<T>
    {
        for (var i = 0; i < items.Count; i++)
        {
            act(items[i], [.. path, i]);
        }
    }
}
