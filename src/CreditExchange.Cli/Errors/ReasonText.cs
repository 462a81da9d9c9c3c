using System.Text;
using CreditExchange.Cli.Subjects;
using CreditExchange.Cli.Texts;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf.Reflection;

namespace CreditExchange.Cli.Errors;

/// <summary>What a broken rule is called and says, from the options in error_reason.proto as the hub says it.</summary>
internal static class ReasonText
{
    private const string Prefix = "ERROR_REASON_";

    /// <summary>The reason as it stands on the wire, for example USCC_CHECK_DIGIT.</summary>
    public static string Name(ErrorReason reason) => Value(reason).Name[Prefix.Length..];

    /// <summary>What happened and what to do next; facts that a file may have filled with anything are masked.</summary>
    public static string Of(RuleViolation violation, Language language)
    {
        var info = Value(violation.Reason).GetOptions().GetExtension(ErrorReasonExtensions.ReasonInfo);
        var text = new StringBuilder(language == Language.Zh ? $"{info.Zh}。{info.NextZh}。" : $"{info.En}. {info.NextEn}.");
        foreach (var (name, value) in violation.Facts)
        {
            text.Replace($"{{{name}}}", ReportText.Fact(value));
        }

        return text.ToString();
    }

    private static EnumValueDescriptor Value(ErrorReason reason) =>
        ErrorReasonReflection.Descriptor.FindTypeByName<EnumDescriptor>(nameof(ErrorReason)).FindValueByNumber((int)reason);
}
