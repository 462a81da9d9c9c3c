using CreditExchange.Cli.Import;
using CreditExchange.Cli.Texts;
using Spectre.Console;
using Text = CreditExchange.Cli.Texts.Text;

namespace CreditExchange.Cli.Terminals;

/// <summary>A bar on a terminal, else one plain line a second; both on standard error.</summary>
internal sealed class ImportProgress(Terminal terminal, Language language, ImportTally tally, Func<long> position, long length)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public Task ShowAsync(Func<Task> work) => terminal is { ErrorIsTerminal: true, NoColour: false } ? BarAsync(work) : LinesAsync(work);

    private async Task LinesAsync(Func<Task> work)
    {
        var started = terminal.Time.GetTimestamp();
        var previous = 0L;
        void Tick(object? state)
        {
            var answered = tally.Answered;
            var read = position();
            var share = length > 0 ? (double)read / length : 1;
            var left = share > 0 ? terminal.Time.GetElapsedTime(started) * ((1 - share) / share) : TimeSpan.Zero;
            terminal.Error.WriteLine(Say.ImportTick.In(
                language, answered, answered - previous, (int)(share * 100), TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds))));
            previous = answered;
        }

        await using var ticking = terminal.Time.CreateTimer(Tick, null, Period, Period);
        await work();
    }

    private Task BarAsync(Func<Task> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        return console.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var started = terminal.Time.GetTimestamp();
                var bar = context.AddTask(Say.ImportTask.In(language), maxValue: Math.Max(length, 1));
                void Tick(object? state)
                {
                    var seconds = terminal.Time.GetElapsedTime(started).TotalSeconds;
                    bar.Value = position();
                    bar.Description = $"{Say.ImportTask.In(language)} {tally.Answered} ({tally.Answered / Math.Max(seconds, 0.001):0}/s)";
                }

                await using var ticking = terminal.Time.CreateTimer(Tick, null, Period / 5, Period / 5);
                await work();
                bar.Value = bar.MaxValue;
            });
    }
}
