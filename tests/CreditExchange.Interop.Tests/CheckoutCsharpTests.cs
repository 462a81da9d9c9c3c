using CreditExchange.Domain.Samples;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Interop.Tests;

public sealed class CheckoutCsharpTests
{
    private const string Folder = "interop-samples/checkout-csharp";
    // A busy test machine is no stalled hub.
    private const string Deadline = "TILL_DEADLINE_SECONDS";
    private const string Sale = "customer 1: SELL | ";

    [Fact]
    public async Task The_till_in_Csharp_sells_refuses_and_asks_as_the_consequences_say()
    {
        await using var hub = await HubServer.StartAsync();
        foreach (var step in Personas.Of("traveller").Steps.Concat(Personas.Of("listed").Steps))
        {
            await LoadAsync(hub, step);
        }

        var traveller = Personas.Of("traveller").Ids;
        using var till = Start(hub, "dutyfree.offshore-purchase", "haikou-dutyfree");
        await till.LineAsync(line => line == "without an answer: AllowAndReport");
        // A judgment debtor is no matter of the counter's.
        till.Say($"resident_id:{Personas.Of("listed").Ids[0].Id.Number}");
        var sold = await till.LineAsync(line => line.StartsWith("customer 1:", StringComparison.Ordinal));
        Assert.Matches("^customer 1: SELL \\|  \\| check \\S+-[0-9a-f]+ request [0-9a-f]{16}$", sold);
        till.Say($"passport@ATA:{traveller[1].Id.Number},{traveller[1].Name}");
        var refused = await till.LineAsync(line => line.StartsWith("customer 2:", StringComparison.Ordinal));
        Assert.StartsWith("customer 2: NO DUTY-FREE SALE | 不能享受免税购物政策", refused, StringComparison.Ordinal);
        Assert.InRange(refused.Split(" | ")[1].Length, 1, 60);
        till.Say($"passport@ATA:{traveller[1].Id.Number}");
        Assert.StartsWith("customer 3: ASK THE CLERK | 请核对证件与姓名", await till.LineAsync(l => l.StartsWith("customer 3:", StringComparison.Ordinal)), StringComparison.Ordinal);
        till.Say("resident_id:460000185406060004");
        Assert.StartsWith("customer 4: ASK THE CLERK | ", await till.LineAsync(l => l.StartsWith("customer 4:", StringComparison.Ordinal)), StringComparison.Ordinal);
        till.EndInput();
        Assert.Equal(0, await till.ExitAsync());
        Assert.All(traveller, id => Assert.DoesNotContain(id.Id.Number, till.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dutyfree.offshore-purchase", "haikou-dutyfree", "SELL AND REPORT")]
    [InlineData("approval.notification-commitment", "hainan-approval", "ASK THE CLERK")]
    public async Task A_till_whose_hub_was_killed_does_what_the_matters_rule_says(string matter, string agency, string act)
    {
        var data = Directory.CreateTempSubdirectory("till-").FullName;
        try
        {
            await using var hub = await HubProcess.StartAsync(data);
            var variables = new Dictionary<string, string?>
            {
                ["CREDITEXCHANGE_GRPC_PORT"] = $"{new Uri(hub.GrpcAddress).Port}",
                ["CREDITEXCHANGE_DATA"] = data,
                [Deadline] = "120",
            };
            using var till = ChildProcess.Talk(Folder, variables, "dotnet", Program(), matter, agency);
            var customer = $"uscc:{Personas.Of("clean").Ids[0].Id.Number}";
            till.Say(customer);
            await till.LineAsync(line => line.StartsWith(Sale, StringComparison.Ordinal));
            await hub.KillAsync();
            till.Say(customer);
            var line = await till.LineAsync(line => line.StartsWith("customer 2:", StringComparison.Ordinal));
            Assert.Matches($"^customer 2: {act} \\| 暂时无法核查，\\S+ \\| no check, request [0-9a-f]{{16}}$", line);
            till.EndInput();
            Assert.Equal(0, await till.ExitAsync());
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task A_till_that_never_reached_the_hub_does_not_sell()
    {
        await using var hub = await HubServer.StartAsync();
        var nowhere = HubVariables.Of(hub);
        nowhere["CREDITEXCHANGE_GRPC_PORT"] = "1";
        var (code, text) = await ChildProcess.RunAsync(
            Folder, nowhere, $"uscc:{Personas.Of("clean").Ids[0].Id.Number}\n", "dotnet", Program());
        Assert.True(code == 0, text);
        Assert.Contains("without an answer: Refuse\ncustomer 1: NO DUTY-FREE SALE | ", text, StringComparison.Ordinal);
    }

    // Built with these tests, in the same configuration.
    private static string Program()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Repository.PathOf($"{Folder}/bin/{configuration}/net10.0/Checkout.dll");
    }

    private static ChildProcess Start(HubServer hub, string matter, string agency) =>
        ChildProcess.Talk(Folder, new Dictionary<string, string?>(HubVariables.Of(hub)) { [Deadline] = "120" }, "dotnet", Program(), matter, agency);

    private static async Task LoadAsync(HubServer hub, PersonaStep step)
    {
        switch (step.Request)
        {
            case PublishListingRequest publish:
                await hub.Registry(step.Agency).PublishListingAsync(publish);
                break;
            case LinkSubjectsRequest link:
                await hub.Registry(step.Agency).LinkSubjectsAsync(link);
                break;
            default:
                Assert.Fail("Another write than this test knows.");
                break;
        }
    }
}
