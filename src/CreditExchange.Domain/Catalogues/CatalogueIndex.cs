using System.Security.Cryptography;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Catalogues;

/// <summary>A catalogue, ready to be asked: rows by code and day. Immutable and safe for many threads.</summary>
public sealed class CatalogueIndex
{
    private readonly Dictionary<string, Dated<ListKind>[]> listKinds;
    private readonly Dictionary<string, Dated<Measure>[]> measures;
    private readonly Dictionary<string, Dated<Matter>[]> matters;
    private readonly HashSet<string> roles;

    /// <summary>Indexes a catalogue that passed the lint.</summary>
    public CatalogueIndex(Catalogue catalogue)
    {
        Catalogue = catalogue;
        Bytes = catalogue.ToByteArray();
        Digest = Convert.ToHexStringLower(SHA256.HashData(Bytes));
        listKinds = Group(catalogue.ListKinds, r => r.Code, r => (r.ValidFrom, r.ValidUntil));
        measures = Group(catalogue.Measures, r => r.Code, r => (r.ValidFrom, r.ValidUntil));
        matters = Group(catalogue.Matters, r => r.Code, r => (r.ValidFrom, r.ValidUntil));
        roles = [.. catalogue.Roles.Select(r => r.Code)];
    }

    /// <summary>The rows themselves; not to be changed.</summary>
    public Catalogue Catalogue { get; }

    /// <summary>The canonical bytes: what the digest covers and the ledger keeps.</summary>
    public byte[] Bytes { get; }

    /// <summary>SHA-256 of the canonical bytes, lower-case hex.</summary>
    public string Digest { get; }

    /// <summary>The kind of list with a code, by the rules of a day; null when there is none.</summary>
    public ListKind? ListKind(string code, DateOnly day) => Find(listKinds, code, day);

    /// <summary>The measure with a code, by the rules of a day; null when there is none.</summary>
    public Measure? Measure(string code, DateOnly day) => Find(measures, code, day);

    /// <summary>The matter with a code, by the rules of a day; null when there is none.</summary>
    public Matter? Matter(string code, DateOnly day) => Find(matters, code, day);

    /// <summary>Whether the code names a kind of list on any day.</summary>
    public bool KnowsList(string code) => listKinds.ContainsKey(code);

    /// <summary>Whether the code names a role.</summary>
    public bool KnowsRole(string code) => roles.Contains(code);

    private static T? Find<T>(Dictionary<string, Dated<T>[]> rows, string code, DateOnly day)
        where T : class
    {
        if (rows.TryGetValue(code, out var dated))
        {
            foreach (var row in dated)
            {
                if (row.From <= day && day < row.Until)
                {
                    return row.Row;
                }
            }
        }

        return null;
    }

    private static Dictionary<string, Dated<T>[]> Group<T>(
        IEnumerable<T> rows, Func<T, string> code, Func<T, (string From, string Until)> days) =>
        rows.GroupBy(code, StringComparer.Ordinal).ToDictionary(
            g => g.Key, g => g.Select(r => Date(r, days(r))).ToArray(), StringComparer.Ordinal);

    private static Dated<T> Date<T>(T row, (string From, string Until) days) => new(
        row,
        LegalDay.Parse(days.From, "valid_from"),
        days.Until.Length == 0 ? DateOnly.MaxValue : LegalDay.Parse(days.Until, "valid_until"));

    private readonly record struct Dated<T>(T Row, DateOnly From, DateOnly Until);
}
