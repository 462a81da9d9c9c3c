using System.Globalization;
using Xunit;

namespace CreditExchange.TestKit;

/// <summary>A test of many minutes, which runs when it is asked for. Compiled into each test project that has one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SoakFactAttribute : FactAttribute
{
    public SoakFactAttribute()
    {
        if (Rounds == 0)
        {
            Skip = "Takes a quarter of an hour; make soak runs it.";
        }
    }

    internal static int Rounds =>
        int.TryParse(Environment.GetEnvironmentVariable("ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : 0;
}
