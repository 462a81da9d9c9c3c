using CreditExchange.Hub.Edge;
using CreditExchange.Hub.Hosting;
using CreditExchange.Ledger;

// Exit codes: 0 stopped, 2 the configuration has faults, 3 the store can't be opened, or the upstream can't be followed.
try
{
    await using var app = await HubHost.StartAsync(args);
    await HubHost.ServeUntilStopAsync(app);
    return app.Services.GetService<UpstreamFollower>() is { HasEnded: true } ? 3 : 0;
}
catch (ConfigurationException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 2;
}
catch (LedgerRefusedException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 3;
}
catch (Exception error) when (error is IOException or LedgerUnavailableException)
{
    // A full or failing disk at the start.
    await Console.Error.WriteLineAsync($"The data folder can't be used: {error.Message}");
    return 3;
}
