using CreditExchange.Ledger.Sqlite;

namespace CreditExchange.Ledger.Tests;

/// <summary>Why positions are given inside the commit: the ledger with that guard taken out.</summary>
public sealed class NaivePositions
{
    [Fact]
    public async Task A_position_taken_before_the_commit_is_passed_by()
    {
        var folder = Directory.CreateTempSubdirectory("naive-").FullName;
        try
        {
            var file = Path.Combine(folder, "naive.db");
            using (var setup = Database.OpenWriter(file, 4, 1000))
            {
                setup.Run("CREATE TABLE event(position INTEGER PRIMARY KEY)");
            }

            var next = 0L;
            using var taken = new ManualResetEventSlim();
            using var overtaken = new ManualResetEventSlim();
            List<long> seen = [];
            var slow = Task.Run(() =>
            {
                using var database = Database.OpenWriter(file, 4, 1000);
                var position = Interlocked.Increment(ref next);
                taken.Set();
                overtaken.Wait();
                database.Run($"INSERT INTO event VALUES({position})");
            });
            taken.Wait();
            using (var fast = Database.OpenWriter(file, 4, 1000))
            {
                fast.Run($"INSERT INTO event VALUES({Interlocked.Increment(ref next)})");
                Follow(fast, seen);
                overtaken.Set();
                await slow;
                Follow(fast, seen);
                using var count = fast.Prepare("SELECT count(*) FROM event");
                count.Step();
                Assert.Equal(2, count.Int64(0));
            }

            // Both are stored, and the follower has passed the first one by for ever.
            Assert.Equal([2L], seen);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // What every follower does: what lies above the last position seen.
    private static void Follow(Database database, List<long> seen)
    {
        using var read = database.Prepare("SELECT position FROM event WHERE position>?1 ORDER BY position");
        read.Bind(1, seen.Count > 0 ? seen[^1] : 0L);
        while (read.Step())
        {
            seen.Add(read.Int64(0));
        }

        read.Reset();
    }
}
