using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace CreditExchange.Client;

/// <summary>What a hub says about a call, or one item of a stream, that it refused.</summary>
public sealed class HubError
{
    private const string DetailsTrailer = "grpc-status-details-bin";
    private static readonly Dictionary<string, string> NoFacts = [];

    private HubError(Google.Rpc.Status status)
    {
        Code = (StatusCode)status.Code;
        Message = status.Message;
        var violations = new List<FieldViolation>();
        foreach (var detail in status.Details)
        {
            Read(detail, violations);
        }

        FieldViolations = violations;
    }

    /// <summary>The gRPC status code.</summary>
    public StatusCode Code { get; }

    /// <summary>The developer's text, in English.</summary>
    public string Message { get; }

    /// <summary>The stable reason without prefix, for example USCC_CHECK_DIGIT; empty where the hub gave none.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>The facts of the reason's text, by name. Never a number or a name that identifies a person.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; private set; } = NoFacts;

    /// <summary>The fields at fault.</summary>
    public IReadOnlyList<FieldViolation> FieldViolations { get; }

    /// <summary>What happened and what to do next, in the caller's language; empty where the hub sent none.</summary>
    public string LocalizedText { get; private set; } = "";

    /// <summary>Language of <see cref="LocalizedText"/>, for example zh-CN.</summary>
    public string Locale { get; private set; } = "";

    /// <summary>How long to wait before the same call can succeed; null where waiting doesn't help or nothing is known.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>The first field at fault; empty where none is.</summary>
    public string Field => FieldViolations.Count > 0 ? FieldViolations[0].Field : "";

    /// <summary>Decodes the details of a failed call.</summary>
    /// <returns>null where the answer carries no details: then it did not come from a hub's rule.</returns>
    public static HubError? From(RpcException failure)
    {
        foreach (var entry in failure.Trailers)
        {
            if (entry.IsBinary && string.Equals(entry.Key, DetailsTrailer, StringComparison.Ordinal))
            {
                try
                {
                    return From(Google.Rpc.Status.Parser.ParseFrom(entry.ValueBytes));
                }
                catch (InvalidProtocolBufferException)
                {
                    // A proxy cut the trailer: the status code is all there is.
                    return null;
                }
            }
        }

        return null;
    }

    /// <summary>Decodes the error of one item of a batch or stream.</summary>
    public static HubError From(Google.Rpc.Status status) => new(status);

    /// <summary>The reason and the text for a person.</summary>
    public override string ToString() =>
        $"{(Reason.Length > 0 ? Reason : Code.ToString())}: {(LocalizedText.Length > 0 ? LocalizedText : Message)}";

    private void Read(Any detail, List<FieldViolation> violations)
    {
        if (detail.TryUnpack<ErrorInfo>(out var info))
        {
            Reason = info.Reason;
            Facts = info.Metadata;
        }
        else if (detail.TryUnpack<BadRequest>(out var bad))
        {
            foreach (var violation in bad.FieldViolations)
            {
                violations.Add(new FieldViolation(violation.Field, violation.Description, violation.Reason));
            }
        }
        else if (detail.TryUnpack<LocalizedMessage>(out var text) && LocalizedText.Length == 0)
        {
            LocalizedText = text.Message;
            Locale = text.Locale;
        }
        else if (detail.TryUnpack<RetryInfo>(out var retry))
        {
            RetryAfter = retry.RetryDelay?.ToTimeSpan();
        }
    }
}

/// <summary>A field at fault.</summary>
/// <param name="Field">Its path, for example "listing.subject.number".</param>
/// <param name="Description">What is wrong with it.</param>
/// <param name="Reason">The stable reason; empty where it is the error's own.</param>
public readonly record struct FieldViolation(string Field, string Description, string Reason);
