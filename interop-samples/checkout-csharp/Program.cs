// Usage: dotnet run [MATTER [AGENCY]] < customers.txt; one KIND[@ISSUER]:NUMBER[,NAME] a line, for example passport@ATA:CX0000010,样例旅客.
// Identity numbers never stand on a command line.
using System.Text;
using Checkout;
using CreditExchange.Client;
using CreditExchange.V1;

var matter = args.ElementAtOrDefault(0) ?? "dutyfree.offshore-purchase";
var agency = args.ElementAtOrDefault(1) ?? "haikou-dutyfree";
using var hub = new CreditExchangeChannel(new CreditExchangeOptions
{
    Address = new Uri($"http://127.0.0.1:{Variable("CREDITEXCHANGE_GRPC_PORT", "7080")}"),
    Token = TokenFile.Source(Path.Combine(Variable("CREDITEXCHANGE_DATA", ".data"), "tokens", agency + ".jwt")),
    // A queue waits: after this the matter's rule decides.
    Deadline = TimeSpan.FromSeconds(int.Parse(Variable("TILL_DEADLINE_SECONDS", "2"), null)),
    HedgingDelay = TimeSpan.FromMilliseconds(100),
    Language = "zh-CN",
});
var till = new Till(hub, matter);
Console.OutputEncoding = new UTF8Encoding(false);
Console.WriteLine($"without an answer: {await till.LearnAsync()}");
using var customers = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
for (var order = 1; await customers.ReadLineAsync() is { } line; order++)
{
    var (id, name) = line.Split(',') is [var left, var right] ? (left, right) : (line, "");
    var (head, number) = id.Split(':') is [var kind, var digits] ? (kind, digits) : ("", id);
    var subject = new SubjectId { Kind = Kind(head.Split('@')[0]), Number = number, Issuer = head.Split('@').ElementAtOrDefault(1) ?? "" };
    var decision = await till.AskAsync(subject, name, $"ORDER-{order}");
    Console.WriteLine($"customer {order}: {decision.Act} | {decision.Text} | {decision.Receipt}");
}

static IdKind Kind(string word) => Enum.TryParse<IdKind>(word.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var kind) ? kind : IdKind.Unspecified;

static string Variable(string name, string otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : otherwise;
