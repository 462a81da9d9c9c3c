using CreditExchange.Benchmarks;

// Each benchmark starts its own hub as a separate process and prints figures and ratios of one run.
// Usage: all | index [SUBJECTS] | check | batch | stream | access-log | access-log-read [RECORDS] | import [LISTINGS] | publish | watch
//        | fresh | chart | terms [LISTINGS] | relay [LISTINGS [catch-up|cost|latency [FOLDER]]] | follow [EVENTS]      (server: what they start)
var name = args.FirstOrDefault() ?? "all";
var size = args.Length > 1 && int.TryParse(args[1], out var n) ? n : 0;
Console.WriteLine($"# {Machine.Describe()}");
switch (name)
{
    case "server":
        await BenchmarkServer.RunAsync(args[1..]);
        break;
    case "check":
        await CheckBenchmark.RunAsync();
        break;
    case "index":
        IndexBenchmark.Run(size);
        break;
    case "batch":
        await BatchBenchmark.RunAsync();
        break;
    case "stream":
        await StreamBenchmark.RunAsync();
        break;
    case "access-log":
        await AccessLogBenchmark.RunAsync();
        break;
    case "access-log-read":
        AccessLogReadBenchmark.Run(size == 0 ? 10_000_000 : size);
        break;
    case "import":
        await ImportBenchmark.RunAsync(size == 0 ? 1_000_000 : size);
        break;
    case "publish":
        await PublishBenchmark.RunAsync();
        break;
    case "watch":
        await WatchBenchmark.RunAsync();
        break;
    case "chart":
        await ChartBenchmark.RunAsync();
        break;
    case "fresh":
        await FreshBenchmark.RunAsync();
        break;
    case "relay":
        await RelayBenchmark.RunAsync(size == 0 ? 200_000 : size, args.ElementAtOrDefault(2) ?? "", args.ElementAtOrDefault(3) ?? "");
        break;
    case "follow":
        await FollowBenchmark.RunAsync(size == 0 ? 1_000_000 : size);
        break;
    case "terms":
        await TermsBenchmark.RunAsync(size == 0 ? 1_000_000 : size);
        break;
    case "all":
        await ChartBenchmark.RunAsync();
        await CheckBenchmark.RunAsync();
        await BatchBenchmark.RunAsync();
        await StreamBenchmark.RunAsync();
        await PublishBenchmark.RunAsync();
        await WatchBenchmark.RunAsync();
        await FreshBenchmark.RunAsync();
        await ImportBenchmark.RunAsync(size == 0 ? 1_000_000 : size);
        break;
    default:
        Console.Error.WriteLine($"Unknown benchmark '{name}'.");
        return 2;
}

return 0;
