using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Streaming.Relay;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Streams;

/// <summary>Finds a caller's stream and says what it is.</summary>
public sealed class StreamLookup(StreamBook book, ILedger ledger)
{
    /// <summary>A stream by its audience's name; with an empty name the caller's own.</summary>
    /// <param name="audience">The name.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="mayLook">Whether operators may see streams of others.</param>
    /// <exception cref="RuleViolation">STREAM_UNKNOWN, also for another agency's.</exception>
    public HubStream Of(string audience, Caller caller, bool mayLook)
    {
        foreach (var stream in book.Streams)
        {
            var isOwn = stream.Audience.Options.Agency == caller.AgencyId;
            if (audience.Length == 0 ? isOwn : stream.Audience.Name == audience && (isOwn || (mayLook && caller.Has(Scopes.System))))
            {
                return stream;
            }
        }

        throw new RuleViolation(ErrorReason.StreamUnknown, "audience", ("audience", RequestFields.Quote(audience)));
    }

    /// <summary>What a stream is.</summary>
    public DescribeStreamResponse Describe(HubStream stream)
    {
        var audience = stream.Audience;
        var known = stream.Known(ledger.Progress);
        return new DescribeStreamResponse
        {
            Audience = audience.Name,
            LedgerId = ledger.LedgerId,
            EventsTopic = audience.Options.EventsTopic,
            StateTopic = audience.Options.StateTopic,
            Partitions = known.Partitions,
            Generation = audience.Options.Generation,
            TokenKeyId = audience.TokenKeyId,
            Keys = { new StreamKey { KeyId = book.Signing.Id, PublicKey = ByteString.CopyFrom(book.Signing.PublicKey) } },
            Position = known.Position,
            Head = ledger.Head,
        };
    }
}
