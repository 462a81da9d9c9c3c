using System.Buffers;
using System.Globalization;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Streams.Consumers;

/// <summary>Consumers tell how far they are and what they refuse.</summary>
public sealed class Acknowledgements(ConsumerBook book, ILedger ledger, Freshness freshness, TimeProvider time)
{
    private const int LongestName = 63;
    private const int LongestReason = 64;
    private const int MostRefused = 1_000;
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly SearchValues<char> ReasonCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    /// <summary>Keeps what a consumer tells; completes when it is durable.</summary>
    /// <exception cref="RuleViolation">REQUIRED, TOO_LONG, TEXT_INVALID, NUMBER_IN_TEXT or ENUM_INVALID (a refused position outside of
    /// what is told) for a field; LEDGER_DIVERGED, POSITION_AHEAD, CONSUMER_LIMIT.</exception>
    public async Task<AcknowledgeUpdatesResponse> KeepAsync(AcknowledgeUpdatesRequest request, Caller caller, CancellationToken cancellation)
    {
        CheckWord(request.Consumer, "consumer", LongestName, NameCharacters);
        CheckPosition(request);
        var told = new Acknowledgement(request.LedgerId, request.Position, RefusedOf(request), time.GetUtcNow());
        var kept = await book.TellAsync(caller.AgencyId, request.Consumer, told).WaitAsync(cancellation);
        return new AcknowledgeUpdatesResponse { Position = kept.Position, Head = ledger.Head };
    }

    private void CheckPosition(AcknowledgeUpdatesRequest request)
    {
        if (request.LedgerId.Length == 0)
        {
            throw new RuleViolation(ErrorReason.Required, "ledger_id");
        }

        freshness.CheckLedger(request.LedgerId, 0);
        var head = ledger.Head;
        if (request.Position < 0 || request.Position > head)
        {
            throw new RuleViolation(
                ErrorReason.PositionAhead, "position", ("position", Number(request.Position)), ("head", Number(head)));
        }
    }

    private static Refusal[] RefusedOf(AcknowledgeUpdatesRequest request)
    {
        if (request.Refused.Count > MostRefused)
        {
            throw new RuleViolation(ErrorReason.TooLong, "refused", ("length", Number(request.Refused.Count)), ("limit", Number(MostRefused)));
        }

        var refused = new Refusal[request.Refused.Count];
        for (var i = 0; i < refused.Length; i++)
        {
            var (position, reason) = (request.Refused[i].Position, request.Refused[i].Reason);
            if (position < 1 || position > request.Position)
            {
                throw new RuleViolation(ErrorReason.EnumInvalid, $"refused[{i}].position", ("value", Number(position)));
            }

            CheckWord(reason, $"refused[{i}].reason", LongestReason, ReasonCharacters);
            refused[i] = new Refusal(position, reason);
        }

        return refused;
    }

    // These words go into the log, the metrics and onto an operator's screen.
    private static void CheckWord(string text, string field, int longest, SearchValues<char> allowed)
    {
        TextRules.Check(text, field, longest, required: true);
        var bad = text.AsSpan().IndexOfAnyExcept(allowed);
        if (bad >= 0)
        {
            throw new RuleViolation(
                ErrorReason.TextInvalid, field, ("character", "U+" + ((int)text[bad]).ToString("X4", CultureInfo.InvariantCulture)));
        }

        RequestFields.RefuseNumber(text, field);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
