using System.Security.Cryptography;
using CreditExchange.Client;
using CreditExchange.V1;
using Grpc.Core;

namespace Checkout;

/// <summary>What the till does with a customer, the text on its display, and what stands on the receipt.</summary>
internal sealed record Decision(string Act, string Text, string Receipt);

/// <summary>A till that asks before it sells, and knows what to do when nobody answers.</summary>
internal sealed class Till(CreditExchangeChannel hub, string matter)
{
    private const int DisplayWidth = 60;
    private OnUnavailable? _withoutAnswer;

    /// <summary>
    /// What the matter wants done without an answer. Read at opening time and kept, since it is needed when the hub is away; a till
    /// that never heard it asks again with each customer, and until then does not sell.
    /// </summary>
    public async Task<OnUnavailable> LearnAsync()
    {
        try
        {
            var answer = await hub.Catalogue.ListMattersAsync(new ListMattersRequest());
            _withoutAnswer = answer.Matters.First(m => m.Code == matter).OnUnavailable;
        }
        catch (RpcException)
        {
            // Nothing was heard: Without() refuses.
        }

        return _withoutAnswer ?? OnUnavailable.Refuse;
    }

    public async Task<Decision> AskAsync(SubjectId subject, string name, string order)
    {
        if (_withoutAnswer is null)
        {
            await LearnAsync();
        }

        // One request id for all that the client sends for this customer: one record in the hub's access log.
        var requestId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var request = new CheckSubjectRequest
        {
            Subject = subject,
            SubjectName = name,
            Matter = matter,
            Purpose = order,
            RequestId = requestId,
        };
        try
        {
            // Deadline, hedging and token are the channel's.
            var answer = await hub.Lookup.CheckSubjectAsync(request);
            return Act(answer) with { Receipt = $"check {answer.CheckId} request {requestId}" };
        }
        catch (RpcException failure) when (failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            return Without(_withoutAnswer) with { Receipt = $"no check, request {requestId}" };
        }
        catch (RpcException failure)
        {
            // The hub answered, and refused the question: a mistyped number, for one. Its text says what to do.
            return new Decision("ASK THE CLERK", Short(HubError.From(failure)?.LocalizedText ?? failure.Status.Detail), $"no check, request {requestId}");
        }
    }

    /// <summary>The consequence decides, never the verdict alone. What is unknown, 0 included, is never a sale.</summary>
    internal static Decision Act(CheckSubjectResponse answer)
    {
        var text = Short(string.Join(' ', answer.Consequences.Select(c => c.Text)));
        return answer.Verdict switch
        {
            Verdict.Clear or Verdict.Favoured => new Decision("SELL", "", ""),
            Verdict.Restricted or Verdict.Caution when answer.Consequences.Any(c => c.Code == "REFUSE") =>
                new Decision("NO DUTY-FREE SALE", text, ""),
            Verdict.Restricted or Verdict.Caution when answer.Consequences.Count > 0 && answer.Consequences.All(c => c.Code == "INFORM_ONLY") =>
                new Decision("SELL", text, ""),
            _ => new Decision("ASK THE CLERK", text, ""),
        };
    }

    internal static Decision Without(OnUnavailable? rule) => rule switch
    {
        OnUnavailable.AllowAndReport => new Decision("SELL AND REPORT", "暂时无法核查，先行办理，事后上报", ""),
        OnUnavailable.AskClerk => new Decision("ASK THE CLERK", "暂时无法核查，请工作人员处理", ""),
        _ => new Decision("NO DUTY-FREE SALE", "暂时无法核查，不能办理", ""),
    };

    /// <summary>What fits on the display.</summary>
    internal static string Short(string text) => text.Length <= DisplayWidth ? text : string.Concat(text.AsSpan(0, DisplayWidth - 1), "…");
}
