using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Tests.Edge.History;

/// <summary>The checker itself, on histories made by hand: a right one, and one for each thing that can be wrong.</summary>
public sealed class HistoryCheckerTests
{
    private const string LedgerId = "l.1";
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string Listed = LedgerModel.Text("a", Start.AddDays(9));

    private static readonly Acknowledged[] Writes =
    [
        new("a", 2, ListingState.Active, At(2)),
        new("a", 4, ListingState.Suspended, At(4)),
    ];

    [Fact]
    public void A_right_history_has_no_fault() => Assert.Empty(Check([], Right(1), Right(2), Right(3), Right(4)));

    [Theory]
    [InlineData(3, "Clear", false)]
    [InlineData(3, "Restricted", false)]
    [InlineData(3, "Clear", true)]
    [InlineData(4, "Restricted", true)]
    [InlineData(1, "Restricted", true)]
    public void Another_answer_than_the_models_is_found(long position, string verdict, bool hasMatch)
    {
        var said = new Said("1", System.Enum.Parse<Verdict>(verdict), hasMatch ? Listed : "");
        Assert.Equal([Wrong.Content], Check([], Right(position) with { Subjects = [said] }));
    }

    [Fact]
    public void Each_other_fault_is_found()
    {
        Assert.Equal([Wrong.BelowMinPosition], Check([], Right(3) with { MinPosition = 4 }));
        Assert.Equal([Wrong.Backwards], Check([], Right(4), Right(3) with { SentAt = At(2), FreshAt = At(2) }));
        Assert.Equal([Wrong.TooOld], Check([], Right(1) with { SentAt = At(5), FreshAt = At(1) }));
        Assert.Empty(Check([], Right(1) with { SentAt = At(5), FreshAt = At(1), Bound = TimeSpan.FromSeconds(4) }));
        Assert.Equal([Wrong.NotFreshAtFreshAt], Check([], Right(3) with { FreshAt = At(5) }));
        Assert.Equal([Wrong.NoSuchPosition], Check([], Right(5)));
        Assert.Equal([Wrong.NoSuchPosition], Check([], Right(3) with { LedgerId = "l.2" }));
        Assert.Equal([Wrong.LostWrite], Check([new Acknowledged("a", 3, ListingState.Active, At(3))], Right(4)));
        Assert.Equal([Wrong.LostWrite], Check([new Acknowledged("a", 4, ListingState.Active, At(4))], Right(4)));
    }

    [Fact]
    public void A_ledger_with_a_gap_is_no_model() =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => new LedgerModel([new LedgerEvent { Position = 1 }, new LedgerEvent { Position = 3 }]));

    private static DateTimeOffset At(int second) => Start.AddSeconds(second);

    // What a node says that is exactly at a position, asked in the second of its event.
    private static Answered Right(long position)
    {
        var isListed = position is 2 or 3;
        return new Answered(
            "n", 0, TimeSpan.Zero, At((int)position), LedgerId, position, At((int)position),
            [new Said("1", isListed ? Verdict.Restricted : Verdict.Clear, isListed ? Listed : ""), new Said("2", Verdict.Clear, "")]);
    }

    private static Wrong[] Check(Acknowledged[] more, params Answered[] answers)
    {
        var active = new Listing
        {
            ListingId = "a",
            State = ListingState.Active,
            Subject = new SubjectId { Number = "1" },
            EffectiveUntil = Timestamp.FromDateTimeOffset(Start.AddDays(9)),
        };
        var suspended = active.Clone();
        suspended.State = ListingState.Suspended;
        LedgerEvent[] ledger =
        [
            new() { Position = 1 }, new() { Position = 2, Listing = active }, new() { Position = 3 }, new() { Position = 4, Listing = suspended },
        ];
        return [.. new HistoryChecker(LedgerId, new LedgerModel(ledger), [.. Writes, .. more]).Check([answers]).Select(a => a.Wrong)];
    }
}
