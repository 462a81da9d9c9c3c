namespace CreditExchange.Hub.Misuse;

/// <summary>
/// Finds sequence numbers in a row, in whatever order they come. Who walks through a birth date takes each number, or each
/// second one: the parity tells men from women.
/// </summary>
internal sealed class SerialRuns
{
    // Honest persons rarely share region and birth date, so groups of one are what is forgotten first.
    private const int MostGroups = 2_048;
    private const int Serials = 1_000;
    private readonly Dictionary<ulong, ulong[]> groups = [];

    /// <summary>Adds a number.</summary>
    /// <param name="group">Region and birth date.</param>
    /// <param name="serial">0 to 999.</param>
    /// <returns>The longest run that it belongs to.</returns>
    public int Add(ulong group, int serial)
    {
        if (!groups.TryGetValue(group, out var seen))
        {
            MakeRoom();
            groups[group] = seen = new ulong[(Serials + 63) / 64];
        }

        seen[serial >> 6] |= 1UL << serial;
        return Math.Max(Run(seen, serial, 1), Run(seen, serial, 2));
    }

    private static int Run(ulong[] seen, int serial, int step)
    {
        var run = 1;
        for (var at = serial + step; at < Serials && Has(seen, at); at += step)
        {
            run++;
        }

        for (var at = serial - step; at >= 0 && Has(seen, at); at -= step)
        {
            run++;
        }

        return run;
    }

    private static bool Has(ulong[] seen, int serial) => (seen[serial >> 6] >> serial & 1) != 0;

    private void MakeRoom()
    {
        if (groups.Count < MostGroups)
        {
            return;
        }

        foreach (var (group, seen) in groups)
        {
            var count = 0;
            foreach (var bits in seen)
            {
                count += System.Numerics.BitOperations.PopCount(bits);
            }

            if (count <= 1)
            {
                groups.Remove(group);
            }
        }

        if (groups.Count > MostGroups / 2)
        {
            groups.Clear();
        }
    }
}
