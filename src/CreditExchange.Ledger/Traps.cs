using System.Diagnostics;

namespace CreditExchange.Ledger;

/// <summary>
/// Named steps at which a process can be made to die, so that tests find out what a kill there leaves behind. Only the test
/// build (-c Traps, `make traps`) has them; elsewhere the compiler leaves the calls out. Compiled into each project that has steps.
/// The same build can leave out a guard, so that a test which finds nothing wrong is shown to find what the guard is there for.
/// </summary>
internal static class Traps
{
#if TRAPS
    // CREDITEXCHANGE_TRAP=NAME:N, the Nth time that the step NAME is reached.
    private static readonly string[] s_armed = (Environment.GetEnvironmentVariable("CREDITEXCHANGE_TRAP") ?? "").Split(':');
    private static int s_reached;

    // CREDITEXCHANGE_GUARD_OUT=NAME.
    private static readonly string s_out = Environment.GetEnvironmentVariable("CREDITEXCHANGE_GUARD_OUT") ?? "";
#endif

    /// <summary>A step of this name is reached: kill -9 of the own process, if this is the one that is waited for.</summary>
    [Conditional("TRAPS")]
    public static void Reach(string name)
    {
#if TRAPS
        if (s_armed is [var armed, var count] && armed == name
            && Interlocked.Increment(ref s_reached) == int.Parse(count, System.Globalization.CultureInfo.InvariantCulture))
        {
            using var own = Process.GetCurrentProcess();
            own.Kill();
            Thread.Sleep(Timeout.Infinite);
        }
#endif
    }

    /// <summary>A position that guards an answer is taken for 0, if this guard is the one that is left out.</summary>
    [Conditional("TRAPS")]
    public static void LeaveOut(string guard, ref long position)
    {
#if TRAPS
        if (s_out == guard)
        {
            position = 0;
        }
#endif
    }
}
