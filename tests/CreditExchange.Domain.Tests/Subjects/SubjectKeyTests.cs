using CreditExchange.Domain.Samples;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Subjects;

public class SubjectKeyTests
{
    private const int DerivedLength = 32;
    private static readonly byte[] TestKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public static TheoryData<string, string, string> Vectors()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var (id, encoding, key) in Golden())
        {
            data.Add(id, encoding, key);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_page_and_the_code_agree(string id, string encoding, string key)
    {
        using var keyer = new SubjectKeyer(1, TestKey);
        if (id.StartsWith("name ", StringComparison.Ordinal))
        {
            Assert.Equal(encoding, NameTags.Normal(id[5..]));
            Assert.Equal(key, NameTags.Compute(keyer, id[5..]).ToString("x16", null));
            return;
        }

        var parts = id.Split(", ");
        var subject = SubjectIds.Normalise(
            Ids.Of((IdKind)int.Parse(parts[0], null), parts[2], parts[1]), "s", Ids.Today);
        var bytes = new byte[SubjectEncoding.Length];
        SubjectEncoding.Encode(subject, bytes);
        Assert.Equal(encoding, Convert.ToHexStringLower(bytes));
        Assert.Equal(key, Convert.ToHexStringLower(keyer.Compute(subject).ToArray()));
    }

    [Fact]
    public void The_page_has_a_vector_of_every_kind_and_of_names()
    {
        var firsts = Golden().Select(vector => vector.Id.Split(',', ' ')[0]).ToHashSet();
        Assert.Superset(Enumerable.Range(1, 9).Select(kind => kind.ToString(null, null)).Append("name").ToHashSet(), firsts);
    }

    [Fact]
    public void Different_subjects_have_different_encodings()
    {
        SubjectId[] ids =
        [
            Ids.Of(IdKind.Passport, "E12345678", "CHN"), Ids.Of(IdKind.Passport, "E12345678", "USA"),
            Ids.Of(IdKind.TaiwanPermit, "12345678"), Ids.Of(IdKind.Passport, "12345678", "CHN"),
            Ids.Of(IdKind.ForeignOrganisation, "1234", "ABCD"), Ids.Of(IdKind.ForeignOrganisation, "D1234", "ABC"),
            Ids.Of(IdKind.ForeignOrganisation, "4D1234", "ABC"), Ids.Of(IdKind.ForeignOrganisation, "34", "ABCD12"),
            Ids.Of(IdKind.ForeignOrganisation, new string('1', 28), "ABC"), Ids.Of(IdKind.ForeignOrganisation, new string('1', 29), "ABC"),
            Ids.Of(IdKind.ForeignOrganisation, new string('注', 64), new string('局', 200)),
        ];
        var seen = new HashSet<string>();
        foreach (var id in ids)
        {
            var bytes = new byte[32];
            bytes.AsSpan().Fill(0xEE);
            SubjectEncoding.Encode(id, bytes);
            Assert.True(seen.Add(Convert.ToHexString(bytes)));
        }
    }

    [Fact]
    public void Keys_survive_writing_and_reading_and_print_a_mask()
    {
        using var keyer = new SubjectKeyer(7, TestKey);
        var key = keyer.Compute(SampleIds.ResidentId(new Random(8)));
        Span<byte> bytes = stackalloc byte[SubjectKey.Length];
        key.WriteTo(bytes);
        Assert.Equal(7, bytes[0]);
        Assert.Equal(key, SubjectKey.Read(bytes));
        Assert.Equal(key.GetHashCode(), SubjectKey.Read(bytes).GetHashCode());
        Assert.Equal($"key v7 {Convert.ToHexStringLower(bytes[1..3])}…", key.ToString());
        Assert.NotEqual(key, key with { Version = 8 });
        Assert.Throws<ArgumentException>(() => SubjectKey.Read(new byte[16]));
    }

    [Fact]
    public void Computing_a_key_allocates_nothing()
    {
        using var keyer = new SubjectKeyer(1, TestKey);
        var id = SampleIds.Uscc(new Random(9));
        keyer.Compute(id);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            keyer.Compute(id);
        }

        // The runtime itself may allocate once while it optimises; an object per call would be 24,000 bytes or more.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void Names_that_differ_only_in_writing_have_one_tag()
    {
        using var keyer = new SubjectKeyer(1, TestKey);
        var tag = NameTags.Compute(keyer, "阿依·样例 ABC（海南）");
        Assert.Equal(tag, NameTags.Compute(keyer, "阿依・样例ａｂｃ(海南)"));
        Assert.Equal(tag, NameTags.Compute(keyer, "阿依.样例\u3000Abc (海南) "));
        Assert.NotEqual(tag, NameTags.Compute(keyer, "阿依样例ABC（三亚）"));
        Assert.NotEqual(tag, NameTags.Compute(keyer, new string('长', 5000)));
    }

    /// <summary>The tables of docs/subject-key.md: input in backquotes, encoding, key.</summary>
    private static IEnumerable<(string Id, string Encoding, string Key)> Golden()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "CreditExchange.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository's root was not found.");
        }

        foreach (var line in File.ReadLines(Path.Combine(folder.FullName, "docs", "subject-key.md")))
        {
            var cells = line.Split('`');
            if (line.StartsWith("| `", StringComparison.Ordinal) && cells.Length == 7)
            {
                yield return (cells[1], cells[3], cells[5]);
            }
        }
    }

    [Fact]
    public void A_key_derived_once_is_the_one_that_a_keyer_derives()
    {
        var random = new Random(11);
        var key = new byte[DerivedLength];
        for (var length = 0; length < 300; length++)
        {
            random.NextBytes(key);
            var purpose = new string('p', length);
            byte[] first = new byte[DerivedLength], second = new byte[DerivedLength];
            using var keyer = new SubjectKeyer(1, key);
            keyer.Derive(purpose, first);
            SubjectKeyer.DeriveOnce(key, purpose, second);
            Assert.Equal(first, second);
        }
    }
}
