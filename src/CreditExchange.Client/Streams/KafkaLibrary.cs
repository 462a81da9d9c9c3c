using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace CreditExchange.Client.Streams;

/// <summary>
/// Finds librdkafka for Confluent.Kafka: the package's own where a registry has it, else the system's (Debian: librdkafka1). Called by
/// whoever first uses Kafka; a process that doesn't never loads it.
/// </summary>
public static class KafkaLibrary
{
    private static readonly Lock Gate = new();
    private static nint handle;
    private static bool loaded;

    /// <summary>Loads the library once; afterwards Confluent.Kafka works.</summary>
    /// <exception cref="DllNotFoundException">There is none; says what to install.</exception>
    public static void Load()
    {
        lock (Gate)
        {
            if (loaded)
            {
                return;
            }

            var confluent = typeof(Library).Assembly;
            NativeLibrary.SetDllImportResolver(confluent, static (name, assembly, path) => name == "librdkafka" ? Find(assembly, path) : 0);
            if (Find(confluent, null) == 0)
            {
                throw new DllNotFoundException(
                    "Kafka is configured, and librdkafka is not here: install it (Debian: apt-get install librdkafka1), or restore with the package librdkafka.redist.");
            }

            if (!Library.IsLoaded)
            {
                Library.Load();
            }

            AnswerForOlder(confluent);
            loaded = true;
        }
    }

    /// <summary>The library's handle, for whoever calls it beside Confluent.Kafka: the tests' mock cluster.</summary>
    public static nint Handle
    {
        get
        {
            Load();
            return handle;
        }
    }

    private static nint Find(Assembly assembly, DllImportSearchPath? path)
    {
        if (handle == 0 && !NativeLibrary.TryLoad("librdkafka", assembly, path, out handle))
        {
            NativeLibrary.TryLoad("librdkafka.so.1", out handle);
        }

        return handle;
    }

    // Before 2.1.0 librdkafka knew no leader epochs, and Confluent.Kafka asks for them with every message: it is told that there
    // are none (-1), as newer versions say of a broker that sends none.
    private static void AnswerForOlder(Assembly confluent)
    {
        if (NativeLibrary.TryGetExport(handle, "rd_kafka_message_leader_epoch", out _))
        {
            return;
        }

        var native = confluent.GetType("Confluent.Kafka.Impl.Librdkafka", throwOnError: true)!;
        Replace(native, "_message_leader_epoch", NoEpoch);
        Replace(native, "_topic_partition_get_leader_epoch", NoEpoch);
        Replace(native, "_topic_partition_set_leader_epoch", IgnoreEpoch);
    }

    private static int NoEpoch(nint message) => -1;

    private static void IgnoreEpoch(nint partition, int epoch)
    {
    }

    private static void Replace(Type type, string name, Delegate replacement)
    {
        var field = type.GetField(name, BindingFlags.Static | BindingFlags.NonPublic)
            ?? throw new MissingFieldException(type.FullName, name);
        field.SetValue(null, replacement.Method.CreateDelegate(field.FieldType));
    }
}
