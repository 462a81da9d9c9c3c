using CreditExchange.Domain.Subjects;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Misuse;

/// <summary>A hub whose catalogue allows little, and the calls that its tests make.</summary>
internal static class StrictHub
{
    public const string Matter = "approval.notification-commitment";
    public const string Other = "approval.licence";

    public static MisuseRule Rule(MisuseKind kind, uint threshold, MisuseAction action = MisuseAction.Alarm, uint perMille = 0) => new()
    {
        Kind = kind,
        Threshold = threshold,
        Window = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
        Action = action,
        HitsPerMille = perMille,
    };

    /// <summary>Puts a budget and rows into the matter, and waits until they are in force.</summary>
    public static async Task RuleAsync(HubServer hub, uint persons, params MisuseRule[] rules)
    {
        var client = new CatalogueService.CatalogueServiceClient(hub.As("operator"));
        var catalogue = (await client.GetCatalogueAsync(new GetCatalogueRequest())).Catalogue;
        foreach (var matter in catalogue.Matters.Where(m => m.Code == Matter))
        {
            matter.DailyPersons = persons;
            matter.MisuseRules.Clear();
            matter.MisuseRules.Add(rules);
        }

        var active = await client.ActivateCatalogueAsync(new ActivateCatalogueRequest { RequestId = "rules", Catalogue = catalogue });
        await CheckAsync(hub, TestListings.Company(9_999), minPosition: active.Position);
    }

    public static Task<CheckSubjectResponse> CheckAsync(
        HubServer hub, SubjectId subject, string agency = "hainan-approval", string matter = Matter, string purpose = "CASE-1", long minPosition = 0) =>
        hub.Lookup(agency).CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = subject,
            Matter = matter,
            Purpose = purpose,
            MinPosition = minPosition,
        }).ResponseAsync;

    public static async Task<(RpcFailure Failure, TimeSpan RetryAfter)> RefusedAsync(Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        return (RpcFailure.Read(error), RetryOf(Google.Rpc.Status.Parser.ParseFrom(error.Trailers.GetValueBytes("grpc-status-details-bin"))));
    }

    public static TimeSpan RetryOf(Google.Rpc.Status status) =>
        status.Details.Single(d => d.Is(RetryInfo.Descriptor)).Unpack<RetryInfo>().RetryDelay.ToTimeSpan();

    /// <summary>A resident id of one region and birth date, by its sequence number.</summary>
    public static SubjectId Serial(int serial)
    {
        var first = $"46010019900101{serial:d3}";
        return new SubjectId { Kind = IdKind.ResidentId, Number = first + ResidentId.CheckDigit(first) };
    }

    public static async Task<List<AccessRecord>> AlarmsAsync(HubServer hub)
    {
        using var reading = new AccessLogService.AccessLogServiceClient(hub.As("auditor")).ReadAccessLog(new ReadAccessLogRequest { Method = "alarm" });
        var found = new List<AccessRecord>();
        while (await reading.ResponseStream.MoveNext(CancellationToken.None))
        {
            found.Add(reading.ResponseStream.Current.Record);
        }

        return found;
    }

    public static async Task<string> MetricsAsync(HubServer hub)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri($"{hub.HttpAddress}/metrics"));
    }
}
