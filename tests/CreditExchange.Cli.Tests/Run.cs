using System.Text;
using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Terminals;

namespace CreditExchange.Cli.Tests;

/// <summary>Runs cx in this process and keeps what it said.</summary>
internal sealed class Run
{
    private readonly StringBuilder _out = new();
    private readonly StringBuilder _error = new();

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public string Input { get; init; } = "";

    public Dictionary<string, string> Variables { get; init; } = [];

    public async Task<int> Cx(params string[] args) => await CommandLine.RunAsync(args, new Terminal
    {
        Out = new StringWriter(_out),
        Error = TextWriter.Synchronized(new StringWriter(_error)),
        Input = () => new MemoryStream(Encoding.UTF8.GetBytes(Input)),
        Environment = name => Variables.GetValueOrDefault(name),
    }).WaitAsync(TimeSpan.FromMinutes(1));
}

/// <summary>A folder of one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cx-test-").FullName;

    public string File(string name, string content)
    {
        var path = System.IO.Path.Combine(Path, name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
