using CreditExchange.Hub.Tests.Faults;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.AccessLogs;

public sealed class RotatedKeyTests
{
    [Fact]
    public async Task A_subject_is_found_in_records_from_before_a_rotation_of_its_key_and_after_a_restart_too()
    {
        var data = Directory.CreateTempSubdirectory("hub-").FullName;
        var subject = TestListings.Person(77);
        var hub = await HubServer.StartAsync(data);
        var before = (await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(subject))).CheckId;
        var keys = new KeyService.KeyServiceClient(hub.As("security"));
        await keys.RotateSubjectKeyAsync(new RotateSubjectKeyRequest { RequestId = "k-1", Reason = "test" });
        while ((await keys.GetKeyStatusAsync(new GetKeyStatusRequest())).Keys
            .Where(k => k.Purpose == KeyPurpose.Subject).Select(k => k.State) is var states
            && !states.SequenceEqual([KeyState.Retired, KeyState.Current]))
        {
            await Task.Yield();
        }

        var after = (await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(subject))).CheckId;
        Assert.Equal([before, after], await AskedAsync(hub, subject));
        await hub.StopAsync();

        await using var again = await HubServer.StartAsync(data);
        Assert.Equal([before, after], await AskedAsync(again, subject));
    }

    private static async Task<List<string>> AskedAsync(HubServer hub, SubjectId subject)
    {
        using var call = new AccessLogService.AccessLogServiceClient(hub.As("auditor")).ReadAccessLog(
            new ReadAccessLogRequest { Subject = subject, Method = "CheckSubject" });
        List<string> found = [];
        await foreach (var entry in call.ResponseStream.ReadAllAsync())
        {
            found.Add(entry.CheckId);
        }

        return found;
    }
}
