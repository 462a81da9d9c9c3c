using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace CreditExchange.TestKit;

/// <summary>What a refused call told, checked against what the contract promises of every refusal.</summary>
/// <param name="Code">The status code.</param>
/// <param name="Reason">ErrorInfo.reason.</param>
/// <param name="Field">The first field violation's field; empty: none.</param>
/// <param name="Text">The localised text.</param>
/// <param name="Locale">Its language.</param>
/// <param name="Retry">Whether RetryInfo is there.</param>
/// <param name="Facts">ErrorInfo.metadata.</param>
public sealed record RpcFailure(
    StatusCode Code, string Reason, string Field, string Text, string Locale, bool Retry, IReadOnlyDictionary<string, string> Facts)
{
    /// <summary>Every text that any call of the process was refused with.</summary>
    public static ConcurrentDictionary<string, string> SeenTexts { get; } = new(StringComparer.Ordinal);

    /// <summary>The refusal of a call.</summary>
    /// <exception cref="InvalidOperationException">It was not refused, or not as the contract says.</exception>
    public static async Task<RpcFailure> OfAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException error)
        {
            return Read(error);
        }

        throw new InvalidOperationException("The call was not refused.");
    }

    /// <summary>The refusal of a call with an answer.</summary>
    public static Task<RpcFailure> OfAsync<T>(AsyncUnaryCall<T> call) => OfAsync(() => call.ResponseAsync);

    /// <summary>What an exception tells.</summary>
    public static RpcFailure Read(RpcException error)
    {
        var bytes = error.Trailers.GetValueBytes("grpc-status-details-bin")
            ?? throw new InvalidOperationException($"No details came with {error.Status}.");
        var status = RpcStatus.Parser.ParseFrom(bytes);
        return status.Code == (int)error.StatusCode
            ? Read(status)
            : throw new InvalidOperationException($"{error.Status} but details of {status.Code}.");
    }

    /// <summary>What a status inside a stream or a batch tells.</summary>
    public static RpcFailure Read(RpcStatus status)
    {
        var info = Single<ErrorInfo>(status) ?? throw Broken(status, "no ErrorInfo");
        var text = Single<LocalizedMessage>(status) ?? throw Broken(status, "no LocalizedMessage");
        if (info.Domain != "creditexchange" || info.Reason.Length == 0)
        {
            throw Broken(status, "wrong domain or no reason");
        }

        // A brace is a word that was not filled, unless the caller's own text brought it.
        var isFilled = info.Metadata.Values.Any(v => v.Contains('{', StringComparison.Ordinal))
            || !(text.Message + status.Message).Contains('{', StringComparison.Ordinal);
        if (!isFilled || text.Message.Length == 0 || text.Locale is not ("zh-CN" or "en"))
        {
            throw Broken(status, $"text '{text.Message}' in '{text.Locale}'");
        }

        var request = Single<BadRequest>(status);
        if (request is { FieldViolations.Count: 0 })
        {
            throw Broken(status, "BadRequest without a field");
        }

        SeenTexts[$"{info.Reason} {text.Locale}"] = text.Message;
        return new RpcFailure(
            (StatusCode)status.Code, info.Reason, request?.FieldViolations[0].Field ?? "", text.Message, text.Locale,
            Single<RetryInfo>(status) is not null, info.Metadata.ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal));
    }

    private static T? Single<T>(RpcStatus status)
        where T : class, IMessage<T>, new()
    {
        var all = status.Details.Where(d => d.Is(new T().Descriptor)).ToList();
        return all.Count switch
        {
            0 => null,
            1 => all[0].Unpack<T>(),
            _ => throw Broken(status, $"{all.Count} of {typeof(T).Name}"),
        };
    }

    private static InvalidOperationException Broken(RpcStatus status, string what) => new($"{what}: {status}");
}
