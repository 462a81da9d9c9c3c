using System.Globalization;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.AccessLogs;
using Google.Protobuf;

namespace CreditExchange.Hub.Errors;

/// <summary>Writes a refusal into the headers or trailers of a gRPC answer, where no service is there to throw it.</summary>
internal static class StatusHeaders
{
    public static void Write(IHeaderDictionary end, RuleViolation violation, HttpContext http)
    {
        var trace = http.Trace();
        trace.Reason = violation.Reason;
        var status = ErrorStatus.Create(violation, LanguageHeader.Parse(http.Request.Headers.AcceptLanguage), trace.RequestId);
        end["grpc-status"] = status.Code.ToString(CultureInfo.InvariantCulture);
        end["grpc-message"] = Uri.EscapeDataString(status.Message);
        end["grpc-status-details-bin"] = Convert.ToBase64String(status.ToByteArray()).TrimEnd('=');
    }
}
