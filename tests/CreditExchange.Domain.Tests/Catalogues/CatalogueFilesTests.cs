using CreditExchange.Domain.Catalogues;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Tests.Catalogues;

public sealed class CatalogueFilesTests
{
    [Fact]
    public void Every_kind_of_row_is_shipped()
    {
        var shipped = CatalogueFiles.Shipped();
        Assert.NotEmpty(shipped.Edition);
        Assert.True(shipped.ListKinds.Count >= 30);
        Assert.NotEmpty(shipped.Measures);
        Assert.NotEmpty(shipped.Matters);
        Assert.NotEmpty(shipped.Masks);
        Assert.NotEmpty(shipped.EffectRules);
        Assert.NotEmpty(shipped.Roles);
        Assert.NotEmpty(shipped.Coverage);
    }

    [Fact]
    public void Two_loads_give_the_same_digest()
    {
        Assert.Equal(
            new CatalogueIndex(CatalogueFiles.Shipped()).Digest, new CatalogueIndex(CatalogueFiles.Shipped()).Digest);
    }

    [Fact]
    public void The_catalogue_survives_a_round_trip_through_JSON()
    {
        var shipped = CatalogueFiles.Shipped();
        var again = CatalogueFiles.Parse([("all.json", JsonFormatter.Default.Format(shipped))]);
        Assert.Equal(shipped, again);
        Assert.Equal(shipped.ToByteArray(), again.ToByteArray());
    }

    [Fact]
    public void The_catalogue_survives_a_round_trip_through_bytes()
    {
        var shipped = CatalogueFiles.Shipped();
        Assert.Equal(shipped, Catalogue.Parser.ParseFrom(shipped.ToByteArray()));
    }

    [Fact]
    public void Files_are_merged_in_the_order_given()
    {
        var merged = CatalogueFiles.Parse(
        [
            ("a.json", """{ "edition": "one", "roles": [{ "code": "director" }] }"""),
            ("b.json", """{ "edition": "two", "roles": [{ "code": "partner" }] }"""),
        ]);
        Assert.Equal("two", merged.Edition);
        Assert.Equal(["director", "partner"], merged.Roles.Select(r => r.Code));
    }

    [Theory]
    [InlineData("""{ "roles": [{ "code": "director", "nickname": "x" }] }""")]
    [InlineData("""{ "list_kindz": [] }""")]
    [InlineData("""{ "listKinds": [{ "polarity": "POLARITY_ANGRY" }] }""")]
    [InlineData("""{ "matters": [{ "maxStaleness": "soon" }] }""")]
    [InlineData("""{ "edition": """)]
    [InlineData("[]")]
    [InlineData("")]
    public void A_file_that_cannot_be_read_is_refused_by_its_name(string json)
    {
        var fault = Assert.Throws<FormatException>(
            () => CatalogueFiles.Parse([("good.json", "{}"), ("bad.json", json)]));
        Assert.StartsWith("bad.json: ", fault.Message, StringComparison.Ordinal);
    }
}
