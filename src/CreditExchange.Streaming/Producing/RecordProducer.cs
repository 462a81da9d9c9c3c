using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using CreditExchange.Client.Streams;
using static CreditExchange.Streaming.Producing.Librdkafka;

namespace CreditExchange.Streaming.Producing;

/// <summary>
/// A producer of librdkafka that is called directly. Confluent.Kafka makes some twenty objects and a dozen native calls of each record with
/// headers and its report, which was most of what the relay cost; here a record is one call with pointers, and its report one back.
/// Everything else of Kafka goes through that library, whose exceptions this one throws too. Used by one thread, on which all reports,
/// errors and log lines come, while it is in a call.
/// </summary>
internal sealed unsafe class RecordProducer : IDisposable
{
    // Flags, topic, partition, timestamp, opaque, key, value; then at most seven headers.
    private const int FirstHeader = 7;
    private const int MostFields = FirstHeader + 7;
    private readonly Action<string, string> log;
    private readonly List<nint> topics = [];
    private readonly List<Action<int, long>> confirmed = [];
    private readonly Field* fields;
    private GCHandle self;
    private nint client;
    private Error? failure;
    private long open;

    /// <summary>Starts it; brokers are looked for in the background.</summary>
    /// <param name="settings">Settings by librdkafka's names.</param>
    /// <param name="log">Takes a facility and a line of the library's log.</param>
    /// <exception cref="KafkaException">A setting is unknown or impossible.</exception>
    public RecordProducer(IReadOnlyDictionary<string, string> settings, Action<string, string> log)
    {
        KafkaLibrary.Load();
        this.log = log;
        fields = (Field*)NativeMemory.AllocZeroed(MostFields, (nuint)sizeof(Field));
        self = GCHandle.Alloc(this);
        try
        {
            Lay();
            client = Start(settings);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Names a topic to send to.</summary>
    /// <param name="name">The topic.</param>
    /// <param name="whenConfirmed">Told the partition and the offset of each record that brokers have.</param>
    /// <returns>Its number for <see cref="Send"/>.</returns>
    /// <exception cref="KafkaException">The name is impossible.</exception>
    public int Open(string name, Action<int, long> whenConfirmed)
    {
        var topic = rd_kafka_topic_new(client, name, 0);
        if (topic == 0)
        {
            throw new KafkaException(new Error(ErrorCode.TopicException, $"the topic '{name}' can't be opened"));
        }

        topics.Add(topic);
        confirmed.Add(whenConfirmed);
        return topics.Count - 1;
    }

    /// <summary>Fences whoever used the transactional id before.</summary>
    /// <exception cref="KafkaException">It is not possible, or not now.</exception>
    public void InitTransactions(TimeSpan patience) => Check(rd_kafka_init_transactions(client, Milliseconds(patience)));

    /// <summary>Begins a transaction.</summary>
    /// <exception cref="KafkaException">It is not possible: this one was fenced, for example.</exception>
    public void BeginTransaction() => Check(rd_kafka_begin_transaction(client));

    /// <summary>Waits until all is confirmed and commits it.</summary>
    /// <exception cref="KafkaException">It failed; what stands in the topics is not known.</exception>
    /// <exception cref="TimeoutException">Some of it was not confirmed in time.</exception>
    public void CommitTransaction(TimeSpan patience)
    {
        Check(rd_kafka_commit_transaction(client, Milliseconds(patience)));
        Flush(patience);
    }

    /// <summary>Waits until all is confirmed.</summary>
    /// <exception cref="KafkaException">A record failed.</exception>
    /// <exception cref="TimeoutException">The brokers did not answer in time.</exception>
    public void Flush(TimeSpan patience)
    {
        if (open > 0)
        {
            _ = rd_kafka_flush(client, Milliseconds(patience));
        }

        ThrowIfFailed();
        if (open > 0)
        {
            throw new TimeoutException($"The brokers have not confirmed {open} records within {patience.TotalSeconds:F0} s.");
        }
    }

    /// <summary>Takes what the library has to tell.</summary>
    /// <param name="milliseconds">How long to wait for the first.</param>
    /// <exception cref="KafkaException">It can't go on, or a record failed.</exception>
    public void Poll(int milliseconds)
    {
        _ = rd_kafka_poll(client, milliseconds);
        ThrowIfFailed();
    }

    /// <summary>Hands a record over; waits while the library holds as much as it may.</summary>
    /// <param name="topic">By <see cref="Open"/>.</param>
    /// <param name="record">The record; its bytes are copied.</param>
    /// <exception cref="KafkaException">It can't be sent, or the producer can't go on.</exception>
    public void Send(int topic, scoped in OutgoingRecord record)
    {
        fixed (byte* key = record.Key, value = record.Value, position = record.Position, kind = record.Kind, ledger = record.LedgerId)
        fixed (byte* schema = record.Schema, commitment = record.Commitment, previous = record.Previous)
        {
            fields[1].Pointer = topics[topic];
            fields[2].Int32 = record.Partition;
            fields[3].Int64 = record.TimestampMs;
            fields[4].Pointer = topic;
            fields[5].Pointer = (nint)key;
            fields[5].Size = (nuint)record.Key.Length;
            fields[6].Pointer = (nint)value;
            fields[6].Size = (nuint)record.Value.Length;
            var end = FirstHeader;
            Put(end++, "position"u8, position, record.Position.Length);
            Put(end++, "kind"u8, kind, record.Kind.Length);
            Put(end++, "ledger_id"u8, ledger, record.LedgerId.Length);
            Put(end++, "schema"u8, schema, record.Schema.Length);
            Put(end++, "content_type"u8, (byte*)Address("application/x-protobuf"u8), "application/x-protobuf"u8.Length);
            if (record.Commitment.Length > 0)
            {
                Put(end++, "commitment"u8, commitment, record.Commitment.Length);
            }

            Put(end++, "previous_in_partition"u8, previous, record.Previous.Length);
            while (true)
            {
                var error = rd_kafka_produceva(client, fields, (nuint)end);
                if (error == 0)
                {
                    open++;
                    return;
                }

                if (rd_kafka_error_code(error) != QueueFull)
                {
                    Check(error);
                }

                // The brokers take it slower than it is made.
                rd_kafka_error_destroy(error);
                Poll(10);
            }
        }
    }

    /// <summary>Ends it; what was not confirmed is dropped, and an open transaction is left to who fences this one.</summary>
    public void Dispose()
    {
        if (client != 0)
        {
            foreach (var topic in topics)
            {
                rd_kafka_topic_destroy(topic);
            }

            rd_kafka_destroy(client);
            client = 0;
        }

        if (self.IsAllocated)
        {
            self.Free();
            NativeMemory.Free(fields);
        }
    }

    // What is the same in every record.
    private void Lay()
    {
        ReadOnlySpan<FieldKind> kinds = [FieldKind.Flags, FieldKind.Topic, FieldKind.Partition, FieldKind.Timestamp, FieldKind.Opaque, FieldKind.Key, FieldKind.Value];
        for (var i = 0; i < MostFields; i++)
        {
            fields[i].Kind = i < FirstHeader ? kinds[i] : FieldKind.Header;
        }

        fields[0].Int32 = CopyPayload;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(int field, ReadOnlySpan<byte> name, byte* value, int size)
    {
        fields[field].Pointer = Address(name);
        fields[field].HeaderValue = (nint)value;
        fields[field].HeaderSize = size;
    }

    // Of a literal: it lies in the program's image, which never moves, and ends with a zero byte as C expects.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Address(ReadOnlySpan<byte> literal) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal));

    private nint Start(IReadOnlyDictionary<string, string> settings)
    {
        var complaint = new byte[512];
        var configuration = rd_kafka_conf_new();
        foreach (var (name, value) in settings)
        {
            if (rd_kafka_conf_set(configuration, name, value, complaint, (nuint)complaint.Length) != 0)
            {
                rd_kafka_conf_destroy(configuration);
                throw new KafkaException(new Error(ErrorCode.Local_InvalidArg, Text(complaint)));
            }
        }

        rd_kafka_conf_set_opaque(configuration, GCHandle.ToIntPtr(self));
        rd_kafka_conf_set_dr_msg_cb(configuration, &Reported);
        rd_kafka_conf_set_error_cb(configuration, &Failed);
        rd_kafka_conf_set_log_cb(configuration, &Logged);
        // Which owns the configuration from here on, unless it fails.
        var started = rd_kafka_new(ProducerType, configuration, complaint, (nuint)complaint.Length);
        if (started == 0)
        {
            rd_kafka_conf_destroy(configuration);
            throw new KafkaException(new Error(ErrorCode.Local_InvalidArg, Text(complaint)));
        }

        // Log lines wait for a call too ("log.queue"), instead of coming on the library's threads.
        _ = rd_kafka_set_log_queue(started, 0);
        return started;
    }

    private void ThrowIfFailed()
    {
        if (failure is { } first)
        {
            throw new KafkaException(first);
        }
    }

    private static void Check(nint error)
    {
        if (error == 0)
        {
            return;
        }

        var told = new Error((ErrorCode)rd_kafka_error_code(error), Text(rd_kafka_error_string(error)), rd_kafka_error_is_fatal(error) != 0);
        var (aborts, retriable) = (rd_kafka_error_txn_requires_abort(error) != 0, rd_kafka_error_is_retriable(error) != 0);
        rd_kafka_error_destroy(error);
        throw aborts ? new KafkaTxnRequiresAbortException(told) : retriable ? new KafkaRetriableException(told) : new KafkaException(told);
    }

    // No exception may pass from these into the library; what they do throws none.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Reported(nint client, Report* report, nint opaque)
    {
        var producer = (RecordProducer)GCHandle.FromIntPtr(opaque).Target!;
        producer.open--;
        if (report->Error == 0)
        {
            producer.confirmed[(int)report->Opaque](report->Partition, report->Offset);
        }
        else
        {
            producer.failure ??= new Error((ErrorCode)report->Error, Text(rd_kafka_err2str(report->Error)));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Failed(nint client, int error, byte* reason, nint opaque)
    {
        // Others pass: the library tries again.
        if (error == Fatal)
        {
            var text = new byte[512];
            var code = rd_kafka_fatal_error(client, text, (nuint)text.Length);
            ((RecordProducer)GCHandle.FromIntPtr(opaque).Target!).failure = new Error((ErrorCode)code, Text(text), isFatal: true);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Logged(nint client, int level, byte* facility, byte* line)
    {
        try
        {
            ((RecordProducer)GCHandle.FromIntPtr(rd_kafka_opaque(client)).Target!).log(Text((nint)facility), Text((nint)line));
        }
#pragma warning disable CA1031 // A log that fails must not end the process.
        catch (Exception)
#pragma warning restore CA1031
        {
            return;
        }
    }

    private static int Milliseconds(TimeSpan time) => (int)time.TotalMilliseconds;

    private static string Text(nint text) => Marshal.PtrToStringUTF8(text) ?? "";

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text.IndexOf((byte)0) is var end and >= 0 ? text[..end] : text);
}
