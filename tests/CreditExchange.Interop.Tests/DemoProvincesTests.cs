using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace CreditExchange.Interop.Tests;

/// <summary>The demonstration of three provinces, as its page shows it.</summary>
public sealed class DemoProvincesTests
{
    [Fact]
    public async Task Three_provinces_tell_the_story_of_the_page()
    {
        var variables = new Dictionary<string, string?>
        {
            ["DEMO_PORTS"] = string.Join(' ', FreePorts(6)),
            ["LANG"] = "C.UTF-8",
            ["LC_ALL"] = null,
            ["LC_MESSAGES"] = null,
        };
        var (code, text) = await ChildProcess.RunAsync(".", variables, null, "/bin/bash", "-c", "deploy/demo-provinces.sh");
        Assert.True(code == 0, text);
        var shown = Story(Repository.Read("docs/recognition.md"));
        Assert.Equal(7, shown.Count);
        Assert.Equal(shown, Story(text));
    }

    // The rows without the time that each took.
    private static List<string> Story(string text) =>
        [.. Regex.Matches(text, @"^([1-9] .*?)  [\d.]+ s {2,}(.*)$", RegexOptions.Multiline).Select(m => $"{m.Groups[1].Value.TrimEnd()} | {m.Groups[2].Value.TrimEnd()}")];

    // All open at once, so that no two are the same.
    private static List<int> FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.ConvertAll(l => ((IPEndPoint)l.LocalEndpoint).Port);
        listeners.ForEach(l => l.Stop());
        return ports;
    }
}
