using System.Security.Cryptography;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Hub.Misuse;

/// <summary>A natural person that is checked, as far as counting needs it. Never written anywhere.</summary>
/// <param name="Id">The normalised id.</param>
/// <param name="Matter">The row of the matter.</param>
public readonly record struct CheckedPerson(SubjectId Id, Matter Matter);

/// <summary>
/// Prints of persons and of what their numbers begin with, under a key of this run: they tell persons apart, also over a
/// rotation of the subject key, and mean nothing outside this process.
/// </summary>
public sealed class PersonPrints : IDisposable
{
    private readonly SubjectKeyer keyer = new(1, RandomNumberGenerator.GetBytes(32));
    private readonly ulong mask = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    /// <summary>Stands for a person.</summary>
    public ulong Of(SubjectId normalised) => keyer.Compute(normalised).High;

    /// <summary>Splits a number of the resident id's shape into a print of region and birth date, and the sequence number.</summary>
    /// <param name="number">A normalised number.</param>
    /// <param name="group">Equal for numbers of one region and birth date.</param>
    /// <param name="serial">0 to 999.</param>
    public bool TrySplit(ReadOnlySpan<char> number, out ulong group, out int serial)
    {
        group = 0;
        serial = 0;
        if (number.Length != ResidentId.Length || number[..17].ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        foreach (var digit in number[..14])
        {
            group = (group * 10) + (ulong)(digit - '0');
        }

        group = (group ^ mask) * 0x9E3779B97F4A7C15;
        serial = ((number[14] - '0') * 100) + ((number[15] - '0') * 10) + number[16] - '0';
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => keyer.Dispose();
}
