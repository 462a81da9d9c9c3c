using System.Text.Json;
using System.Text.Json.Serialization;

namespace CreditExchange.Client.Streams.Following;

/// <summary>Progress in a file, replaced as a whole and readable by its owner only. One consumer uses it at a time.</summary>
/// <param name="path">The file; its folder must exist, and holds a second file of the same name and ".new" for moments.</param>
public sealed class StreamProgressFile(string path) : IStreamProgressStore
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public async ValueTask<StreamProgress?> ReadAsync(CancellationToken cancellation)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            await using var file = File.OpenRead(path);
            var progress = await JsonSerializer.DeserializeAsync(file, StreamProgressJson.Default.StreamProgress, cancellation);
            return progress is { Partitions.Count: > 0 } ? progress : throw Unusable(null);
        }
        catch (JsonException fault)
        {
            throw Unusable(fault);
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(StreamProgress progress, CancellationToken cancellation)
    {
        var next = path + ".new";
        File.Delete(next);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        await using (var file = new FileStream(next, options))
        {
            await JsonSerializer.SerializeAsync(file, progress, StreamProgressJson.Default.StreamProgress, cancellation);
            // The name must not lead to bytes that a power cut takes.
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    private InvalidDataException Unusable(Exception? inner) =>
        new($"'{path}' is no progress of a stream. Put it back, or remove it: then the consumer starts as a newcomer.", inner);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StreamProgress))]
internal sealed partial class StreamProgressJson : JsonSerializerContext;
