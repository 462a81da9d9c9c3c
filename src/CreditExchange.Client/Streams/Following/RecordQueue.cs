using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace CreditExchange.Client.Streams.Following;

/// <summary>
/// The queue of records in librdkafka's client. Confluent.Kafka makes a dozen objects of each record that has headers, most of them for
/// names that are known beforehand; here a record is looked at where the library has it.
/// </summary>
internal sealed class RecordQueue : IDisposable
{
    private const string Native = "librdkafka";
    private nint queue;

    static RecordQueue() => NativeLibrary.SetDllImportResolver(
        typeof(RecordQueue).Assembly, static (name, _, _) => name == Native ? KafkaLibrary.Handle : 0);

    /// <summary>Opens the queue of a consumer; dispose of it before the consumer.</summary>
    public RecordQueue(Handle client)
    {
        var property = typeof(Handle).GetProperty("LibrdkafkaHandle", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
            ?? throw new MissingMemberException(typeof(Handle).FullName, "LibrdkafkaHandle");
        queue = rd_kafka_queue_get_consumer(((SafeHandle)property.GetValue(client)!).DangerousGetHandle());
    }

    /// <summary>Takes what is there, waiting for the first.</summary>
    /// <param name="records">Where to put them.</param>
    /// <param name="milliseconds">How long to wait for the first.</param>
    /// <returns>How many there are; each must be released.</returns>
    public int Take(nint[] records, int milliseconds) => (int)rd_kafka_consume_batch_queue(queue, milliseconds, records, (nuint)records.Length);

    /// <summary>Gives a record's memory back.</summary>
    public static void Release(nint record) => rd_kafka_message_destroy(record);

    /// <summary>The library's words for an error.</summary>
    public static string Explain(ErrorCode code) => Marshal.PtrToStringUTF8(rd_kafka_err2str((int)code)) ?? $"{code}";

    /// <inheritdoc/>
    public void Dispose()
    {
        if (queue != 0)
        {
            rd_kafka_queue_destroy(queue);
            queue = 0;
        }
    }

#pragma warning disable IDE1006 // Names of the library.
    [DllImport(Native)]
    internal static extern nint rd_kafka_queue_get_consumer(nint client);

    [DllImport(Native)]
    internal static extern void rd_kafka_queue_destroy(nint queue);

    [DllImport(Native)]
    internal static extern nint rd_kafka_consume_batch_queue(nint queue, int milliseconds, [Out] nint[] records, nuint size);

    [DllImport(Native)]
    internal static extern void rd_kafka_message_destroy(nint record);

    [DllImport(Native)]
    internal static extern nint rd_kafka_err2str(int code);

    [DllImport(Native)]
    internal static extern int rd_kafka_message_headers(nint record, out nint headers);

    // Looks up an array that is there: nothing to wait for.
    [DllImport(Native), SuppressGCTransition]
    internal static extern int rd_kafka_header_get_all(nint headers, nuint index, out nint name, out nint value, out nuint size);
#pragma warning restore IDE1006
}
