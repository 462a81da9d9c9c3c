using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace CreditExchange.Interop.Tests;

/// <summary>A program started as a user would start it: own variables, standard input, both outputs in order of arrival.</summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly Process process;
    private readonly StringBuilder text = new();
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private readonly CancellationTokenSource limit = new(Limit);

    private ChildProcess(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start };
        process.OutputDataReceived += Take;
        process.ErrorDataReceived += Take;
    }

    public string Text
    {
        get
        {
            lock (text)
            {
                return text.ToString();
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="folder">Working folder, relative to the clone.</param>
    /// <param name="variables">Beside the test's own; a null value takes one away.</param>
    /// <param name="input">Standard input; null: empty.</param>
    /// <param name="command">Program and arguments.</param>
    public static ChildProcess Start(string folder, IReadOnlyDictionary<string, string?> variables, string? input, params string[] command)
    {
        var child = Talk(folder, variables, command);
        child.process.StandardInput.Write(input ?? "");
        child.EndInput();
        return child;
    }

    /// <summary>Starts a program whose standard input stays open.</summary>
    public static ChildProcess Talk(string folder, IReadOnlyDictionary<string, string?> variables, params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Repository.PathOf(folder),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        // A killed runtime would leave its sockets for debuggers in the temporary folder.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        var child = new ChildProcess(start);
        child.process.Start();
        child.process.BeginOutputReadLine();
        child.process.BeginErrorReadLine();
        return child;
    }

    /// <summary>One line to its standard input.</summary>
    public void Say(string line)
    {
        process.StandardInput.Write(line + "\n");
        process.StandardInput.Flush();
    }

    /// <summary>The end of its standard input.</summary>
    public void EndInput() => process.StandardInput.Close();

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int Code, string Text)> RunAsync(
        string folder, IReadOnlyDictionary<string, string?> variables, string? input, params string[] command)
    {
        using var child = Start(folder, variables, input, command);
        return (await child.ExitAsync(), child.Text);
    }

    /// <summary>The exit code, when both outputs are read to their ends.</summary>
    public async Task<int> ExitAsync()
    {
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{process.StartInfo.FileName} did not end within {Limit}. It wrote:\n{Text}");
        }

        return process.ExitCode;
    }

    /// <summary>Waits for a line.</summary>
    public async Task<string> LineAsync(Func<string, bool> wanted)
    {
        try
        {
            while (true)
            {
                var line = await lines.Reader.ReadAsync(limit.Token);
                if (wanted(line))
                {
                    return line;
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ChannelClosedException)
        {
            Assert.Fail($"{process.StartInfo.FileName} never wrote the line that was waited for. It wrote:\n{Text}");
            throw;
        }
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process.Dispose();
        limit.Dispose();
    }

    private void Take(object sender, DataReceivedEventArgs received)
    {
        if (received.Data is not { } line)
        {
            return;
        }

        lock (text)
        {
            text.Append(line).Append('\n');
        }

        lines.Writer.TryWrite(line);
    }
}
