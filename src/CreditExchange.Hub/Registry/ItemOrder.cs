namespace CreditExchange.Hub.Registry;

/// <summary>Keeps the items about one target in the order in which they were sent; most targets have one item only.</summary>
internal sealed class ItemOrder
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Turn> last = new(StringComparer.Ordinal);

    /// <summary>Queues an item behind those of its target that are on their way.</summary>
    /// <param name="target">What it is about.</param>
    public Turn Enter(string target)
    {
        var turn = new Turn(this, target);
        lock (gate)
        {
            if (last.TryGetValue(target, out var before))
            {
                turn.Before = (before.End ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            last[target] = turn;
        }

        return turn;
    }

    private void Leave(Turn turn, string target)
    {
        TaskCompletionSource? end;
        lock (gate)
        {
            end = turn.End;
            if (ReferenceEquals(last[target], turn))
            {
                last.Remove(target);
            }
        }

        end?.SetResult();
    }

    /// <summary>An item's place.</summary>
    internal sealed class Turn(ItemOrder order, string target)
    {
        /// <summary>Completes when the item before it is through; null: there is none.</summary>
        public Task? Before { get; set; }

        /// <summary>Made when somebody waits.</summary>
        public TaskCompletionSource? End { get; set; }

        /// <summary>The item is through. Once.</summary>
        public void Leave() => order.Leave(this, target);
    }
}
