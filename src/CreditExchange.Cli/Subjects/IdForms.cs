using CreditExchange.V1;

namespace CreditExchange.Cli.Subjects;

/// <summary>Tells the kind of a number from its form. The hub checks the number; this only sorts it.</summary>
internal static class IdForms
{
    private static readonly int[] Weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

    /// <summary>Half-width, upper case, without white space and, for numbers with letters or digits only, hyphens.</summary>
    public static string Tidy(string number)
    {
        Span<char> tidy = number.Length <= 128 ? stackalloc char[number.Length] : new char[number.Length];
        var length = 0;
        foreach (var c in number)
        {
            var half = c is >= '！' and <= '～' ? (char)(c - 0xFEE0) : c;
            if (!char.IsWhiteSpace(half) && half != '-')
            {
                tidy[length++] = char.ToUpperInvariant(half);
            }
        }

        return new string(tidy[..length]);
    }

    /// <summary>The kind, or unspecified where the form fits none for certain.</summary>
    public static IdKind Guess(string number)
    {
        var id = Tidy(number);
        return id.Length switch
        {
            18 when id[0] is '8' && id[1] is '1' or '2' or '3' && IsResident(id) => IdKind.HmtResidencePermit,
            18 when id[0] is '9' && id[1] is not ('1' or '2' or '3') && IsResident(id) => IdKind.ForeignerResidence,
            18 when IsResident(id) => IdKind.ResidentId,
            18 when id[0] is '9' or 'A' or 'N' or 'Y' || HasLetter(id.AsSpan(0, 17)) => IdKind.Uscc,
            18 when id[0] is '1' or '5' && !HasDate(id) => IdKind.Uscc,
            18 => IdKind.ResidentId,
            15 when AllDigits(id) => IdKind.ResidentId,
            15 when char.IsAsciiLetter(id[0]) => IdKind.ForeignerResidence,
            9 when id[0] is 'E' or 'G' or 'D' or 'S' or 'P' && AllDigits(id.AsSpan(1)) => IdKind.Unspecified,
            9 when IsBodyCode(id) => IdKind.LegacyOrganisationCode,
            9 or 11 when id[0] is 'H' or 'M' && AllDigits(id.AsSpan(1)) => IdKind.HkMacaoPermit,
            8 or 10 when AllDigits(id) => IdKind.TaiwanPermit,
            _ => IdKind.Unspecified,
        };
    }

    /// <summary>Reads uscc, resident-id, RESIDENT_ID, ID_KIND_RESIDENT_ID, ResidentId or 统一社会信用代码.</summary>
    public static bool TryParse(string text, out IdKind kind)
    {
        Span<char> bare = stackalloc char[text.Length <= 64 ? text.Length : 0];
        var length = 0;
        foreach (var c in bare.Length == text.Length ? text : "")
        {
            if (c is not ('_' or '-' or ' '))
            {
                bare[length++] = char.ToLowerInvariant(c);
            }
        }

        var word = bare[..length].ToString();
        word = word.StartsWith("idkind", StringComparison.Ordinal) ? word["idkind".Length..] : word;
        kind = word switch
        {
            "uscc" or "统一社会信用代码" => IdKind.Uscc,
            "residentid" or "居民身份证" or "身份证" => IdKind.ResidentId,
            "passport" or "护照" => IdKind.Passport,
            "hkmacaopermit" or "港澳居民来往内地通行证" => IdKind.HkMacaoPermit,
            "taiwanpermit" or "台湾居民来往大陆通行证" => IdKind.TaiwanPermit,
            "foreignerresidence" or "外国人永久居留身份证" => IdKind.ForeignerResidence,
            "hmtresidencepermit" or "港澳台居民居住证" => IdKind.HmtResidencePermit,
            "legacyorganisationcode" or "组织机构代码" => IdKind.LegacyOrganisationCode,
            "foreignorganisation" or "境外组织登记号" => IdKind.ForeignOrganisation,
            _ => IdKind.Unspecified,
        };
        return kind != IdKind.Unspecified;
    }

    private static bool IsResident(string id)
    {
        if (!AllDigits(id.AsSpan(0, 17)) || !HasDate(id))
        {
            return false;
        }

        var sum = 0;
        for (var i = 0; i < 17; i++)
        {
            sum += (id[i] - '0') * Weights[i];
        }

        return "10X98765432"[sum % 11] == id[17];
    }

    private static bool HasDate(string id) =>
        DateOnly.TryParseExact(id.AsSpan(6, 8), "yyyyMMdd", out var day) && day.Year is >= 1850 and <= 2150;

    // GB 11714-1997: weights 3, 7, 9, 10, 5, 8, 4, 2, modulo 11.
    private static bool IsBodyCode(string id)
    {
        ReadOnlySpan<int> weights = [3, 7, 9, 10, 5, 8, 4, 2];
        var sum = 0;
        for (var i = 0; i < 8; i++)
        {
            var value = char.IsAsciiDigit(id[i]) ? id[i] - '0' : char.IsAsciiLetterUpper(id[i]) ? id[i] - 'A' + 10 : -1;
            if (value < 0)
            {
                return false;
            }

            sum += value * weights[i];
        }

        return "0X987654321"[sum % 11] == id[8];
    }

    private static bool AllDigits(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool HasLetter(ReadOnlySpan<char> text) => text.IndexOfAnyInRange('A', 'Z') >= 0;
}
