using CreditExchange.V1;
using Google.Protobuf.Reflection;

namespace CreditExchange.Domain.Catalogues;

/// <summary>Checks the rows of the field mask.</summary>
internal static class MaskLint
{
    private const string All = "*";

    public static void Check(Catalogue catalogue, CatalogueCodes codes, LintReport report)
    {
        for (var i = 0; i < catalogue.Masks.Count; i++)
        {
            var mask = catalogue.Masks[i];
            var row = $"masks[{i}] {mask.Recipient}";
            report.Stated(row, "recipient", mask.Recipient);
            report.AllStated(row, "states", mask.States);
            report.Require(mask.ListCodes.Count > 0, row, "list_codes", "没有名单", "no list is named");
            report.Known(row, "list_codes", mask.ListCodes.Where(c => c != All), codes.Lists);
            CheckFields(row, "fields", mask.Fields, report);
            CheckFields(row, "fields_while_published", mask.FieldsWhilePublished, report);
            report.Require(
                mask.Recipient != RecipientKind.Counter || mask.Fields.Count + mask.FieldsWhilePublished.Count == 0, row, "fields", "查询终端不得看到名单内容",
                "a counter never sees a listing");
        }

        foreach (var recipient in Enum.GetValues<RecipientKind>())
        {
            // Where no row fits nothing is seen, which is right for counters, platforms, recognising partners and the public; for the others it would be
            // an oversight, so that "nothing" has to be said by a row without fields.
            report.Require(
                recipient is RecipientKind.Unspecified or RecipientKind.Counter or RecipientKind.Public or RecipientKind.Platform or RecipientKind.RecognisingPartner
                || catalogue.Masks.Any(m => m.Recipient == recipient), "masks", "recipient", $"没有字段规则：{recipient}",
                $"no row for {recipient}");
        }
    }

    private static void CheckFields(string row, string name, IEnumerable<string> fields, LintReport report)
    {
        foreach (var field in fields)
        {
            report.Require(field == All || Exists(field), row, name, $"没有这个字段：{field}", $"Listing has no such field: {field}");
        }
    }

    private static bool Exists(string path)
    {
        MessageDescriptor? message = Listing.Descriptor;
        foreach (var part in path.Split('.'))
        {
            if (message?.FindFieldByName(part) is not { } field)
            {
                return false;
            }

            message = field.FieldType == FieldType.Message ? field.MessageType : null;
        }

        return true;
    }
}
