using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Metrics;
using CreditExchange.V1;

namespace CreditExchange.Hub.Misuse;

/// <summary>Tells of a suspected misuse: a log event, a metric and a record in the access log. None holds anything of a person.</summary>
public sealed class MisuseAlarms
{
    /// <summary>The method under which the access log has alarms.</summary>
    public const string Method = "alarm";

    /// <summary>The kind of alarm when a budget of persons is used up.</summary>
    public const string PersonBudget = "PERSON_BUDGET";

    private static readonly FrozenDictionary<MisuseKind, string> Names = new Dictionary<MisuseKind, string>
    {
        [MisuseKind.ConsecutiveSerials] = "CONSECUTIVE_SERIALS",
        [MisuseKind.LowHitRate] = "LOW_HIT_RATE",
        [MisuseKind.OnePurpose] = "ONE_PURPOSE",
    }.ToFrozenDictionary();

    private readonly AccessRecords records;
    private readonly ILogger<MisuseAlarms> logger;
    private readonly Counter<long> count;

    /// <summary>Makes the instrument, with a series of each kind from the start.</summary>
    public MisuseAlarms(AccessRecords records, IMeterFactory meters, ILogger<MisuseAlarms> logger)
    {
        this.records = records;
        this.logger = logger;
        count = meters.Create(CallMetrics.MeterName).CreateCounter<long>("creditexchange.misuse.alarms", description: "Alarms of misuse by kind.");
    }

    /// <summary>Shows all kinds at 0, so that the first alarm is an increase.</summary>
    public void Start()
    {
        foreach (var kind in Names.Values.Append(PersonBudget))
        {
            count.Add(0, new KeyValuePair<string, object?>("kind", kind));
        }
    }

    /// <summary>Name of a kind of row.</summary>
    internal static string NameOf(MisuseKind kind) => Names.GetValueOrDefault(kind, "UNSPECIFIED");

    /// <summary>Raises an alarm.</summary>
    /// <param name="trace">The call that met the row.</param>
    /// <param name="matter">The matter.</param>
    /// <param name="kind">Name of the kind.</param>
    internal void Raise(CallTrace trace, string matter, string kind)
    {
        MisuseLog.Suspected(logger, trace.AgencyId, matter, kind, trace.RequestId);
        count.Add(1, new KeyValuePair<string, object?>("kind", kind));
        var record = trace.Record();
        record.Method = Method;
        record.Matter = matter;
        record.Reason = kind;
        records.Append(record);
    }
}

internal static partial class MisuseLog
{
    [LoggerMessage(1400, LogLevel.Warning, "Suspected misuse by '{AgencyId}' in '{Matter}': {Kind}, request id '{RequestId}'.", EventName = "MisuseSuspected")]
    public static partial void Suspected(ILogger logger, string agencyId, string matter, string kind, string requestId);

    [LoggerMessage(1401, LogLevel.Information, "{Persons} natural persons checked today read back from the access log.", EventName = "PersonsReadBack")]
    public static partial void ReadBack(ILogger logger, long persons);

    [LoggerMessage(1402, LogLevel.Error, "The access log is damaged at {Place}: today's persons may be counted short.", EventName = "PersonsShort")]
    public static partial void Damaged(ILogger logger, string place);
}
