using System.Text.RegularExpressions;
using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CreditExchange.Interop.Tests;

/// <summary>Texts for people: each in Chinese and English, each reason documented, used, and with a next step.</summary>
public sealed partial class WordsTests
{
    private static readonly IReadOnlyList<EnumValueDescriptor> Reasons =
        [.. ErrorReasonReflection.Descriptor.EnumTypes.Single(t => t.Name == nameof(ErrorReason)).Values.Where(v => v.Number != 0)];

    [Fact]
    public void Every_reason_tells_what_happened_and_what_to_do_in_both_languages()
    {
        var faults = new List<string>();
        foreach (var reason in Reasons)
        {
            if (reason.GetOptions()?.GetExtension(ErrorReasonExtensions.ReasonInfo) is not { } info)
            {
                faults.Add($"{reason.Name}: no texts");
                continue;
            }

            CheckPair(reason.Name, info.Zh, info.En, faults);
            CheckPair(reason.Name + " next", info.NextZh, info.NextEn, faults);
            if (!Facts(info.Zh).SetEquals(Facts(info.En)))
            {
                faults.Add($"{reason.Name}: the languages tell other facts");
            }

            // 1 to 16 are the gRPC codes of a failure.
            if (info.Code is < 1 or > 16)
            {
                faults.Add($"{reason.Name}: code {info.Code}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void Every_reason_is_on_the_page_of_errors_and_every_one_there_exists()
    {
        var told = Row().Matches(Repository.Read("docs/errors.md")).Select(m => m.Groups[1].Value);
        Assert.Equal(
            Reasons.Select(r => r.Name["ERROR_REASON_".Length..]).Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_reason_is_one_that_the_programs_never_use()
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories))
        {
            if (!file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            {
                used.UnionWith(Use().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value));
            }
        }

        var unused = Reasons.Select(r => ((ErrorReason)r.Number).ToString()).Where(name => !used.Contains(name)).ToList();
        Assert.True(unused.Count == 0, "Never used: " + string.Join(", ", unused));
    }

    [Fact]
    public void Every_name_and_text_of_the_shipped_catalogue_and_the_demonstration_agencies_is_there_in_both_languages()
    {
        var faults = new List<string>();
        var count = Walk(CatalogueFiles.Shipped(), "catalogue", faults);
        Assert.True(count > 100, $"Only {count} texts were found.");
        foreach (var agency in DemonstrationAgencies.All())
        {
            count += Walk(agency, agency.AgencyId, faults);
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void The_text_of_every_consequence_fits_a_tills_display_in_Chinese()
    {
        foreach (var rule in CatalogueFiles.Shipped().Matters.SelectMany(m => m.Rules))
        {
            Assert.InRange(rule.Text?.Zh.Length ?? 0, 1, 60);
        }
    }

    // Every LocalizedText below a message; one that is not there where a row has a name or a text is a fault too.
    private static int Walk(IMessage message, string path, List<string> faults)
    {
        if (message is LocalizedText text)
        {
            CheckPair(path, text.Zh, text.En, faults);
            return 1;
        }

        var count = 0;
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(f => f.FieldType == FieldType.Message && !f.IsMap))
        {
            var below = $"{path}.{field.Name}";
            var value = field.Accessor.GetValue(message);
            if (field.IsRepeated)
            {
                var index = 0;
                foreach (var item in (System.Collections.IList)value)
                {
                    count += Walk((IMessage)item, $"{below}[{index++}]", faults);
                }
            }
            else if (value is IMessage one)
            {
                count += Walk(one, below, faults);
            }
            else if (field.MessageType.Name == nameof(LocalizedText) && field.Name is "name" or "text")
            {
                faults.Add($"{below}: absent");
            }
        }

        return count;
    }

    private static void CheckPair(string what, string zh, string en, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(zh) || string.IsNullOrWhiteSpace(en) || !Chinese().IsMatch(zh) || Chinese().IsMatch(en))
        {
            faults.Add($"{what}: '{zh}' '{en}'");
        }
    }

    private static HashSet<string> Facts(string text) => [.. Fact().Matches(text).Select(m => m.Value)];

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Fact();

    [GeneratedRegex(@"[\u4e00-\u9fff]")]
    private static partial Regex Chinese();

    [GeneratedRegex(@"^\| `([A-Z0-9_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\bErrorReason\.(\w+)")]
    private static partial Regex Use();
}
