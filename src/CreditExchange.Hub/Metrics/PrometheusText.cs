using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace CreditExchange.Hub.Metrics;

/// <summary>
/// Collects the hub's instruments and writes them in the Prometheus text format 0.0.4. Own code because no exporter
/// package is to be had everywhere the hub is built (docs/adr/0001).
/// </summary>
public sealed class PrometheusText : IDisposable
{
    private static readonly double[] Bounds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<Series, Cell> cells = new();
    private readonly TimeProvider time;
    private readonly DateTimeOffset startedAt;

    /// <summary>Starts listening.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="meters">Only its instruments are collected: another hub in the same process has its own.</param>
    public PrometheusText(TimeProvider time, IMeterFactory meters)
    {
        this.time = time;
        startedAt = time.GetUtcNow();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters)
                && instrument.Meter.Name.StartsWith("CreditExchange.", StringComparison.Ordinal))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Record(i, value, tags));
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Record(i, value, tags));
        listener.Start();
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    /// <summary>All series now.</summary>
    public string Write()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        WriteProcess(text);
        foreach (var family in cells.GroupBy(c => c.Key.Instrument).OrderBy(g => g.Key.Name, StringComparer.Ordinal))
        {
            var name = NameOf(family.Key);
            var kind = family.First().Value.Kind;
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {family.Key.Description}\n# TYPE {name} {kind}\n");
            foreach (var (series, cell) in family.OrderBy(c => c.Key.Labels, StringComparer.Ordinal))
            {
                cell.Write(text, name, series.Labels);
            }
        }

        return text.ToString();
    }

    private void WriteProcess(StringBuilder text)
    {
        using var process = Process.GetCurrentProcess();
        Gauge("process_cpu_seconds_total", "counter", "CPU time of the process.", process.TotalProcessorTime.TotalSeconds);
        Gauge("process_resident_memory_bytes", "gauge", "Resident memory.", process.WorkingSet64);
        Gauge("process_start_time_seconds", "gauge", "Start of the process, Unix time.", startedAt.ToUnixTimeMilliseconds() / 1000.0);
        Gauge("process_uptime_seconds", "gauge", "Time since the start.", (time.GetUtcNow() - startedAt).TotalSeconds);
        Gauge("process_threads", "gauge", "Threads.", process.Threads.Count);
        Gauge("dotnet_gc_heap_bytes", "gauge", "Managed heap.", GC.GetTotalMemory(forceFullCollection: false));
        Gauge("dotnet_gc_gen0_collections_total", "counter", "Collections of generation 0.", GC.CollectionCount(0));
        Gauge("dotnet_gc_gen2_collections_total", "counter", "Collections of generation 2.", GC.CollectionCount(2));
        Gauge("dotnet_gc_pause_seconds_total", "counter", "Time that collections held the process still.", GC.GetTotalPauseDuration().TotalSeconds);
        Gauge("dotnet_gc_allocated_bytes_total", "counter", "Bytes allocated.", GC.GetTotalAllocatedBytes());

        void Gauge(string name, string kind, string help, double value) => text.Append(
            CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value:R}\n");
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = new Series(instrument, LabelsOf(tags));
        var cell = cells.GetOrAdd(series, static s => new Cell(s.Instrument));
        cell.Record(value);
    }

    // Two labels of closed sets at most: the joined text is made once per pair.
    private readonly ConcurrentDictionary<(string, object?, object?), string> labels = new();

    private string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var key = (tags[0].Key, tags[0].Value, tags.Length > 1 ? tags[1].Value : null);
        if (labels.TryGetValue(key, out var known))
        {
            return known;
        }

        var joined = new StringBuilder();
        foreach (var tag in tags)
        {
            joined.Append(joined.Length == 0 ? "" : ",").Append(tag.Key.Replace('.', '_')).Append("=\"").Append(tag.Value).Append('"');
        }

        return labels[key] = joined.ToString();
    }

    private static string NameOf(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_');
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return instrument is Counter<long> or ObservableCounter<long> ? $"{name}{unit}_total" : name + unit;
    }

    private readonly record struct Series(Instrument Instrument, string Labels);

    private sealed class Cell(Instrument instrument)
    {
        private readonly Lock gate = new();
        private readonly bool isHistogram = instrument is Histogram<double>;
        private readonly bool isCounter = instrument is Counter<long>;
        private readonly long[] buckets = new long[Bounds.Length + 1];
        private double sum;
        private long count;

        public string Kind => isHistogram ? "histogram" : isCounter || instrument is ObservableCounter<long> ? "counter" : "gauge";

        public void Record(double value)
        {
            lock (gate)
            {
                if (!isHistogram)
                {
                    sum = isCounter ? sum + value : value;
                    return;
                }

                var bucket = 0;
                while (bucket < Bounds.Length && value > Bounds[bucket])
                {
                    bucket++;
                }

                buckets[bucket]++;
                sum += value;
                count++;
            }
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            lock (gate)
            {
                var braced = labels.Length == 0 ? "" : $"{{{labels}}}";
                if (!isHistogram)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{braced} {sum:R}\n");
                    return;
                }

                long running = 0;
                var comma = labels.Length == 0 ? "" : ",";
                for (var i = 0; i < Bounds.Length; i++)
                {
                    running += buckets[i];
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{comma}le=\"{Bounds[i]}\"}} {running}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {count}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}_sum{braced} {sum:R}\n{name}_count{braced} {count}\n");
            }
        }
    }
}
