using System.Globalization;
using System.Text;
using CreditExchange.V1;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace CreditExchange.Interop.Tests;

public sealed class ErrorDocsTests
{
    private const string Page = "docs/errors.md";

    [Fact]
    public void The_page_of_errors_is_made_from_the_proto()
    {
        var made = Make();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Repository.PathOf(Page), made);
        }

        Assert.True(File.Exists(Repository.PathOf(Page)) && Repository.Read(Page) == made, $"{Page} is not what error_reason.proto says. Run: make docs");
    }

    private static string Make()
    {
        var page = new StringBuilder();
        page.Append("""
            # Errors

            Made from `protos/creditexchange/v1/error_reason.proto` by `make docs`; a test compares. Do not edit.

            Every refusal is a gRPC status with `google.rpc` details: one `ErrorInfo` (domain `creditexchange`, the reason below, the
            facts in braces as metadata), `BadRequest` with each wrong field, `RetryInfo` where waiting helps, and `LocalizedMessage` in
            the caller's `accept-language` (`zh-CN` or `en`). Act on the reason; show the localized text. A reason is never renamed or
            reused. An item of a stream or a batch carries the same as a `google.rpc.Status`.

            Retry "yes": the same call, with the same request id, can succeed later without a change.


            """.ReplaceLineEndings("\n"));
        page.Append("| reason | code | retry | what happened / 说明 | what to do / 处理 |\n| --- | --- | --- | --- | --- |\n");
        var reasons = ErrorReasonReflection.Descriptor.EnumTypes.Single(type => type.Name == nameof(ErrorReason));
        foreach (EnumValueDescriptor value in reasons.Values)
        {
            if (value.GetOptions()?.GetExtension(ErrorReasonExtensions.ReasonInfo) is not { } info)
            {
                continue;
            }

            var name = value.Name["ERROR_REASON_".Length..];
            page.Append(CultureInfo.InvariantCulture, $"| `{name}` | {CodeName(info.Code)} | {(info.Retry ? "yes" : "no")} ");
            page.Append(CultureInfo.InvariantCulture, $"| {info.En}<br>{info.Zh} | {info.NextEn}<br>{info.NextZh} |\n");
        }

        return page.ToString();
    }

    // ALREADY_EXISTS, as the contract writes it.
    private static string CodeName(uint code) => string.Concat(
        ((StatusCode)code).ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));
}
