using System.Runtime.InteropServices;
using CreditExchange.Client.Streams;

namespace CreditExchange.Streaming.Producing;

/// <summary>The calls of librdkafka that <see cref="RecordProducer"/> makes; names and layouts are those of its public header.</summary>
internal static unsafe class Librdkafka
{
    public const int ProducerType = 0;
    public const int CopyPayload = 2;
    public const int QueueFull = -184;
    public const int Fatal = -150;

    private const string Native = "librdkafka";

    static Librdkafka() => NativeLibrary.SetDllImportResolver(
        typeof(Librdkafka).Assembly, static (name, _, _) => name == Native ? KafkaLibrary.Handle : 0);

    /// <summary>What a <see cref="Field"/> is.</summary>
    public enum FieldKind
    {
        Topic = 2,
        Partition = 3,
        Value = 4,
        Key = 5,
        Opaque = 6,
        Flags = 7,
        Timestamp = 8,
        Header = 9,
    }

    /// <summary>rd_kafka_vu_t: one property of a record to send.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 72)]
    public struct Field
    {
        [FieldOffset(0)]
        public FieldKind Kind;

        [FieldOffset(8)]
        public nint Pointer;

        [FieldOffset(8)]
        public int Int32;

        [FieldOffset(8)]
        public long Int64;

        /// <summary>Of a value or a key, behind <see cref="Pointer"/>.</summary>
        [FieldOffset(16)]
        public nuint Size;

        /// <summary>Of a header, behind its name in <see cref="Pointer"/>.</summary>
        [FieldOffset(16)]
        public nint HeaderValue;

        [FieldOffset(24)]
        public nint HeaderSize;
    }

    /// <summary>rd_kafka_message_t, as far as a delivery report tells it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Report
    {
        public int Error;
        public nint Topic;
        public int Partition;
        public nint Value;
        public nuint ValueSize;
        public nint Key;
        public nuint KeySize;
        public long Offset;
        public nint Opaque;
    }

#pragma warning disable IDE1006 // Names of the library.
    [DllImport(Native)]
    public static extern nint rd_kafka_conf_new();

    [DllImport(Native)]
    public static extern void rd_kafka_conf_destroy(nint configuration);

    [DllImport(Native)]
    public static extern int rd_kafka_conf_set(
        nint configuration, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, byte[] complaint, nuint size);

    [DllImport(Native)]
    public static extern void rd_kafka_conf_set_opaque(nint configuration, nint opaque);

    [DllImport(Native)]
    public static extern void rd_kafka_conf_set_dr_msg_cb(nint configuration, delegate* unmanaged[Cdecl]<nint, Report*, nint, void> callback);

    [DllImport(Native)]
    public static extern void rd_kafka_conf_set_error_cb(nint configuration, delegate* unmanaged[Cdecl]<nint, int, byte*, nint, void> callback);

    [DllImport(Native)]
    public static extern void rd_kafka_conf_set_log_cb(nint configuration, delegate* unmanaged[Cdecl]<nint, int, byte*, byte*, void> callback);

    [DllImport(Native)]
    public static extern nint rd_kafka_new(int type, nint configuration, byte[] complaint, nuint size);

    [DllImport(Native)]
    public static extern void rd_kafka_destroy(nint client);

    [DllImport(Native)]
    public static extern nint rd_kafka_opaque(nint client);

    [DllImport(Native)]
    public static extern int rd_kafka_set_log_queue(nint client, nint queue);

    [DllImport(Native)]
    public static extern int rd_kafka_fatal_error(nint client, byte[] text, nuint size);

    [DllImport(Native)]
    public static extern nint rd_kafka_topic_new(nint client, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, nint configuration);

    [DllImport(Native)]
    public static extern void rd_kafka_topic_destroy(nint topic);

    [DllImport(Native)]
    public static extern int rd_kafka_poll(nint client, int milliseconds);

    [DllImport(Native)]
    public static extern int rd_kafka_flush(nint client, int milliseconds);

    [DllImport(Native)]
    public static extern nint rd_kafka_produceva(nint client, Field* fields, nuint count);

    [DllImport(Native)]
    public static extern nint rd_kafka_init_transactions(nint client, int milliseconds);

    [DllImport(Native)]
    public static extern nint rd_kafka_begin_transaction(nint client);

    [DllImport(Native)]
    public static extern nint rd_kafka_commit_transaction(nint client, int milliseconds);

    [DllImport(Native)]
    public static extern int rd_kafka_error_code(nint error);

    [DllImport(Native)]
    public static extern nint rd_kafka_error_string(nint error);

    [DllImport(Native)]
    public static extern int rd_kafka_error_is_fatal(nint error);

    [DllImport(Native)]
    public static extern int rd_kafka_error_is_retriable(nint error);

    [DllImport(Native)]
    public static extern int rd_kafka_error_txn_requires_abort(nint error);

    [DllImport(Native)]
    public static extern void rd_kafka_error_destroy(nint error);

    [DllImport(Native)]
    public static extern nint rd_kafka_err2str(int code);
#pragma warning restore IDE1006
}
