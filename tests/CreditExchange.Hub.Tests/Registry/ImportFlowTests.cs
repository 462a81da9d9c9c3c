using CreditExchange.Hub.Registry;

namespace CreditExchange.Hub.Tests.Registry;

/// <summary>What holds an import's items back and keeps them in order.</summary>
public sealed class ImportFlowTests
{
    [Fact]
    public async Task A_full_room_is_entered_again_when_a_quarter_is_free()
    {
        var room = new ItemRoom(8);
        for (var i = 0; i < 8; i++)
        {
            await room.TakeAsync(CancellationToken.None);
        }

        var ninth = room.TakeAsync(CancellationToken.None).AsTask();
        room.Give();
        Assert.False(ninth.IsCompleted);
        room.Give();
        await ninth;
        Assert.Equal(7, room.Taken);
    }

    [Fact]
    public async Task A_cancelled_wait_takes_nothing_and_the_room_goes_on()
    {
        var room = new ItemRoom(1);
        await room.TakeAsync(CancellationToken.None);
        using var source = new CancellationTokenSource();
        var waiting = room.TakeAsync(source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        room.Give();
        Assert.Equal(0, room.Taken);
        await room.TakeAsync(CancellationToken.None);
        Assert.Equal(1, room.Taken);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public async Task However_items_come_and_go_the_room_is_never_exceeded_and_never_stuck(int most)
    {
        var room = new ItemRoom(most);
        var (there, highest) = (0, 0);
        List<Task> going = [];
        for (var i = 0; i < 20_000; i++)
        {
            await room.TakeAsync(CancellationToken.None);
            highest = Math.Max(highest, Interlocked.Increment(ref there));
            going.Add(Task.Run(() =>
            {
                Interlocked.Decrement(ref there);
                room.Give();
            }));
        }

        await Task.WhenAll(going);
        Assert.InRange(highest, 1, most);
        Assert.Equal(0, room.Taken);
    }

    [Fact]
    public async Task Items_of_one_target_take_turns_in_their_order_and_others_wait_for_nobody()
    {
        var order = new ItemOrder();
        var first = order.Enter("a");
        var second = order.Enter("a");
        var third = order.Enter("a");
        Assert.Null(first.Before);
        Assert.Null(order.Enter("b").Before);
        Assert.False(second.Before!.IsCompleted);
        first.Leave();
        await second.Before;
        Assert.False(third.Before!.IsCompleted);
        second.Leave();
        await third.Before;
        third.Leave();
        Assert.Null(order.Enter("a").Before);
    }
}
