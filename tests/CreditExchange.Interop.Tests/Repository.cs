namespace CreditExchange.Interop.Tests;

/// <summary>The clone that the tests run in, and the tools that they take from the machine.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Buf => Need(PathOf("artifacts/tools/node_modules/.bin/buf"), "tests/run.sh (it installs buf into artifacts/tools)");

    public static string Python => Need("/usr/bin/python3", "apt-get install -y python3-grpcio python3-yaml protobuf-compiler protobuf-compiler-grpc libprotobuf-dev");

    public static string Protoc => Need("/usr/bin/protoc", "apt-get install -y protobuf-compiler protobuf-compiler-grpc libprotobuf-dev");

    public static string Node => Need("/usr/bin/node", "apt-get install -y nodejs npm, then tests/run.sh");

    public static string Kcat => Need("/usr/bin/kcat", "apt-get install -y kcat");

    public static string Java => Need("/usr/bin/grpc_java_plugin", "tests/run.sh (it names the Debian packages that interop-samples/tax-java needs)");

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    private static string Need(string file, string remedy)
    {
        Assert.True(File.Exists(file), $"{file} is missing. Run: {remedy}");
        return file;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CreditExchange.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside a clone of the repository.");
    }
}
