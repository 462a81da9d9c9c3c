using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Updates;
using CreditExchange.Ledger;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>What every session works with.</summary>
public sealed record SessionParts(
    ILedger Ledger, ExchangeKey Own, AgreementsView Agreements, AgreementWriter Writer, PartnerBook Partners, TokenKeys TokenKeys, IncomingEvents Incoming,
    OutgoingEvents Outgoing, EventDelivery Delivery, OwnCheckpoints Checkpoints, HeardCheckpoints Heard, ForkBook Forks, RightsView Rights,
    AccessRecords Records, TimeProvider Time, ILogger<SessionParts> Logger);
