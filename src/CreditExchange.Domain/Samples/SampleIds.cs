using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Samples;

/// <summary>
/// Identity numbers that pass every rule and belong to nobody by intent: drawn at random from a seed, with true check
/// digits and true county codes.
/// </summary>
public static class SampleIds
{
    private static readonly int FirstBirthDay = new DateOnly(1950, 1, 1).DayNumber;
    private static readonly int LastBirthDay = new DateOnly(2005, 12, 31).DayNumber;

    private static readonly string[] Issuers = ["KOR", "RUS", "THA", "MYS", "SGP", "DEU", "FRA", "USA", "AUS", "KAZ"];

    /// <summary>A unified social credit code of a company in any county.</summary>
    public static SubjectId Uscc(Random random) => Uscc(random, Regions.Counties[random.Next(Regions.Counties.Length)]);

    /// <summary>A resident identity number of any county, of a person born from 1950 to 2005.</summary>
    public static SubjectId ResidentId(Random random) =>
        ResidentId(random, Regions.Counties[random.Next(Regions.Counties.Length)]);

    /// <summary>A unified social credit code of a company in a region.</summary>
    /// <param name="random">The seeded source.</param>
    /// <param name="region">Six digits, GB/T 2260.</param>
    public static SubjectId Uscc(Random random, int region)
    {
        Span<char> code = stackalloc char[UnifiedSocialCreditCode.Length];
        code[0] = '9';
        code[1] = '1';
        Digits(code.Slice(2, 6), region);
        // Companies registered since 2015 have body codes from MA on; earlier ones are digits.
        if (random.Next(4) != 0)
        {
            code[8] = 'M';
            code[9] = 'A';
            for (var i = 10; i < 16; i++)
            {
                code[i] = UnifiedSocialCreditCode.Alphabet[random.Next(UnifiedSocialCreditCode.Alphabet.Length)];
            }
        }
        else
        {
            Digits(code.Slice(8, 8), random.Next(10_000_000, 80_000_000));
        }

        code[16] = LegacyOrganisationCode.CheckDigit(code.Slice(8, 8));
        code[17] = UnifiedSocialCreditCode.CheckDigit(code);
        return new SubjectId { Kind = IdKind.Uscc, Number = code.ToString() };
    }

    /// <summary>A resident identity number of a region, of a person born from 1950 to 2005.</summary>
    /// <param name="random">The seeded source.</param>
    /// <param name="region">Six digits, GB/T 2260.</param>
    public static SubjectId ResidentId(Random random, int region) => ResidentId(random, region, FirstBirthDay, LastBirthDay);

    /// <summary>A passport of some state: a letter and eight digits.</summary>
    public static SubjectId Passport(Random random) => new()
    {
        Kind = IdKind.Passport,
        Issuer = Issuers[random.Next(Issuers.Length)],
        Number = Lettered((char)('A' + random.Next(23)), random),
    };

    /// <summary>A mainland travel permit of a Hong Kong or Macao resident.</summary>
    public static SubjectId HkMacaoPermit(Random random) =>
        new() { Kind = IdKind.HkMacaoPermit, Number = Lettered(random.Next(8) == 0 ? 'M' : 'H', random) };

    /// <summary>A resident identity number of a region, of a person born within two days, both inclusive.</summary>
    internal static SubjectId ResidentId(Random random, int region, int firstBirthDay, int lastBirthDay)
    {
        var born = DateOnly.FromDayNumber(random.Next(firstBirthDay, lastBirthDay + 1));
        Span<char> number = stackalloc char[Subjects.ResidentId.Length];
        Digits(number[..6], region);
        Digits(number.Slice(6, 8), (born.Year * 10000) + (born.Month * 100) + born.Day);
        Digits(number.Slice(14, 3), random.Next(1, 1000));
        number[17] = Subjects.ResidentId.CheckDigit(number);
        return new SubjectId { Kind = IdKind.ResidentId, Number = number.ToString() };
    }

    private static string Lettered(char letter, Random random)
    {
        Span<char> number = stackalloc char[9];
        number[0] = letter;
        Digits(number[1..], random.Next(100_000_000));
        return number.ToString();
    }

    private static void Digits(Span<char> target, int value)
    {
        for (var i = target.Length - 1; i >= 0; i--)
        {
            target[i] = (char)('0' + (value % 10));
            value /= 10;
        }
    }
}
