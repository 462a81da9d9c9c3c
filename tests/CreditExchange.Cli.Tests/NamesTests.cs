using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Tests;

public sealed class NamesTests
{
    [Fact]
    public void Every_word_of_the_contract_that_is_shown_has_its_Chinese()
    {
        Assert.All(Enum.GetValues<ListingState>().Skip(1), v => Assert.NotEqual(v.In(Language.En), v.In(Language.Zh)));
        Assert.All(Enum.GetValues<EventKind>().Skip(1), v => Assert.NotEqual(v.In(Language.En), v.In(Language.Zh)));
        Assert.All(Enum.GetValues<Redaction>().Skip(1), v => Assert.NotEqual(v.In(Language.En), v.In(Language.Zh)));
        Assert.All(Enum.GetValues<KeyState>().Skip(1), v => Assert.NotEqual(v.In(Language.En), v.In(Language.Zh)));
        Assert.Equal(("Ended", "retired"), (EventKind.Ended.In(Language.En), KeyState.Retired.In(Language.En)));
    }
}
