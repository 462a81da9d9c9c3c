using System.Net;
using System.Net.Sockets;

namespace CreditExchange.Interop.Tests;

public sealed class ReadmeTourTests
{
    [Fact]
    public async Task The_tour_of_the_README_does_what_it_shows()
    {
        var blocks = TourBlock.Of(Repository.Read("README.md"), "A five-minute tour");
        Assert.True(blocks.Count >= 7, "The tour has lost its blocks.");
        Assert.Equal("make run\n", blocks[0].Commands);

        var data = Directory.CreateTempSubdirectory("tour-").FullName;
        try
        {
            var variables = Variables(data);
            using var hub = ChildProcess.Start(".", variables, null, "/bin/bash", "-c", blocks[0].Commands);
            await hub.LineAsync(line => line.Contains("CreditExchange serves at", StringComparison.Ordinal));
            var log = string.Join('\n', hub.Text.Split('\n').Where(line => line.Contains("info: ", StringComparison.Ordinal)));
            Assert.Equal(TourBlock.Stable(blocks[0].Shown), TourBlock.Stable(log));

            foreach (var block in blocks.Skip(1))
            {
                // The tour's own files lie in the data folder of the tour, which is not .data here.
                var commands = block.Commands.Replace(".data/", $"{data}/", StringComparison.Ordinal);
                var (code, text) = await ChildProcess.RunAsync(".", variables, null, "/bin/bash", "-c", commands);
                Assert.Equal(
                    TourBlock.Stable(block.Shown), TourBlock.Stable(text.Replace($"{data}/", ".data/", StringComparison.Ordinal)));
                Assert.True(code == 0, $"Exit code {code} of:\n{block.Commands}");
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public void Every_page_that_the_documents_link_to_is_there()
    {
        var broken = new List<string>();
        var pages = Directory.GetFiles(Repository.Root, "*.md")
            .Concat(Directory.GetFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.GetFiles(Repository.PathOf("deploy"), "*.md", SearchOption.AllDirectories));
        foreach (var page in pages)
        {
            foreach (System.Text.RegularExpressions.Match link in System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(page), @"\]\(([^)#\s]+)"))
            {
                var target = link.Groups[1].Value;
                if (!target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, target)))
                {
                    broken.Add($"{Path.GetRelativePath(Repository.Root, page)}: {target}");
                }
            }
        }

        Assert.True(broken.Count == 0, "Links to nowhere:\n" + string.Join('\n', broken));
    }

    private static Dictionary<string, string?> Variables(string data) => new()
    {
        ["CREDITEXCHANGE_GRPC_PORT"] = FreePort(),
        ["CREDITEXCHANGE_HTTP_PORT"] = FreePort(),
        ["CREDITEXCHANGE_DATA"] = data,
        ["CONFIGURATION"] = "Release",
        ["DOTNET_ENVIRONMENT"] = null,
        ["ASPNETCORE_ENVIRONMENT"] = null,
        ["LANG"] = "C.UTF-8",
        ["LC_ALL"] = null,
        ["LC_MESSAGES"] = null,
        ["MAKEFLAGS"] = null,
        ["MAKELEVEL"] = null,
        // Variables of the test's own host would reach the build that `make run` makes.
        ["MSBuildSDKsPath"] = null,
        ["MSBuildExtensionsPath"] = null,
        ["MSBUILD_EXE_PATH"] = null,
    };

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"{((IPEndPoint)listener.LocalEndpoint).Port}";
    }
}
