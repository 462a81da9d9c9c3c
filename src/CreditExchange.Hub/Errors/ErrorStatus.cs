using System.Text;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace CreditExchange.Hub.Errors;

/// <summary>
/// Turns a violation into what goes on the wire: one ErrorInfo, the field at fault, when to try again, and a text in the
/// caller's language. Services never build a status by hand.
/// </summary>
public static class ErrorStatus
{
    /// <summary>The domain of every reason.</summary>
    public const string Domain = "creditexchange";

    private static readonly Duration RetryDelay = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(200));

    /// <summary>The status with its details.</summary>
    /// <param name="violation">What is wrong.</param>
    /// <param name="language">The caller's.</param>
    /// <param name="requestId">The hub's name of the call, by which the access log finds it.</param>
    public static RpcStatus Create(RuleViolation violation, Language language, string requestId)
    {
        var entry = ReasonCatalogue.Get(violation.Reason);
        var english = Fill(entry.Info.En, violation.Facts);
        var info = new ErrorInfo { Reason = entry.Name, Domain = Domain };
        foreach (var (name, value) in violation.Facts)
        {
            info.Metadata[name] = value;
        }

        var localized = new LocalizedMessage { Locale = language.Tag(), Message = Localize(entry, violation, language) };
        var status = new RpcStatus { Code = (int)entry.Code, Message = english, Details = { Any.Pack(info) } };
        if (violation.Field.Length > 0)
        {
            status.Details.Add(Any.Pack(new BadRequest
            {
                FieldViolations =
                {
                    new BadRequest.Types.FieldViolation
                    {
                        Field = violation.Field, Description = english, Reason = entry.Name, LocalizedMessage = localized,
                    },
                },
            }));
        }

        if (violation.RetryAfter is { } wait)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }));
        }
        else if (entry.Info.Retry)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = RetryDelay }));
        }

        status.Details.Add(Any.Pack(localized));
        status.Details.Add(Any.Pack(new RequestInfo { RequestId = requestId }));
        return status;
    }

    /// <summary>The exception that ends a call.</summary>
    public static RpcException ToException(this RuleViolation violation, Language language, string requestId)
    {
        var status = Create(violation, language, requestId);
        return new RpcException(
            new Grpc.Core.Status((StatusCode)status.Code, status.Message),
            new Metadata { { "grpc-status-details-bin", status.ToByteArray() } });
    }

    private static string Localize(ReasonCatalogue.Entry entry, RuleViolation violation, Language language) =>
        language == Language.Chinese
            ? $"{Fill(entry.Info.Zh, violation.Facts)}。{entry.Info.NextZh}。"
            : $"{Fill(entry.Info.En, violation.Facts)}. {entry.Info.NextEn}.";

    private static string Fill(string template, IReadOnlyDictionary<string, string> facts)
    {
        if (!template.Contains('{', StringComparison.Ordinal))
        {
            return template;
        }

        var text = new StringBuilder(template);
        foreach (var (name, value) in facts)
        {
            text.Replace($"{{{name}}}", value);
        }

        return text.ToString();
    }
}
