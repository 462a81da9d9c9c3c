using System.Collections.Concurrent;
using CreditExchange.Domain.Errors;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>Evidence that a hub has two histories: kept, and what follows from it.</summary>
public sealed class ForkBook(ILedger ledger, AgreementWriter writer, AgreementsView agreements, ExchangeKey own, TimeProvider time, ILogger<ForkBook> logger)
    : IDisposable
{
    private readonly ConcurrentDictionary<string, ForkEvidence?> known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim gate = new(1);

    /// <summary>The newest evidence against a hub; null: none.</summary>
    public ForkEvidence? Of(string region) => known.GetOrAdd(
        region, r => ledger.Progress.Read(RowOf(r)) is { } row ? ForkEvidence.Parser.ParseFrom(row.Value) : null);

    /// <summary>Keeps evidence, and suspends every agreement with the hub.</summary>
    /// <returns>What the session with it ends with.</returns>
    public async Task<RuleViolation> ConvictAsync(string region, ForkEvidence evidence, CancellationToken cancellation)
    {
        evidence.FoundAt = Timestamp.FromDateTimeOffset(time.GetUtcNow());
        await gate.WaitAsync(cancellation);
        try
        {
            ExchangeLog.Forked(logger, region, evidence.LedgerId, evidence.Position);
            // First what protects: a hub that dies in between finds the contradiction again.
            await SuspendAsync(region, evidence, cancellation);
            // The first evidence stays: what comes after it says the same.
            if (Of(region) is not { } before || before.LedgerId != evidence.LedgerId || before.Position != evidence.Position)
            {
                var row = new KeptRow(ledger.Progress, RowOf(region));
                row.Load();
                await row.WriteAsync(evidence.ToByteArray());
                known[region] = evidence;
            }
        }
        finally
        {
            gate.Release();
        }

        return new RuleViolation(
            ErrorReason.ExchangeFork, "", ("region", region), ("position", FormattableString.Invariant($"{evidence.Position}")));
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private async Task SuspendAsync(string region, ForkEvidence evidence, CancellationToken cancellation)
    {
        foreach (var agreement in agreements.All)
        {
            if (agreement.Agreement.State is not (AgreementState.InForce or AgreementState.Suspended)
                || agreement.Agreement.SuspendedBy.Contains(own.Region)
                || !agreement.IsOf(own.Region) || agreement.PartnerOf(own.Region).Region != region)
            {
                continue;
            }

            var chain = LedgerCheckpoint.Parser.ParseFrom(evidence.Checkpoint.Checkpoint).Chain;
            var id = agreement.Agreement.AgreementId;
            await writer.SuspendAsync(
                Registry.HubWriter.Hub,
                own.Region,
                new SuspendAgreementRequest
                {
                    RequestId = FormattableString.Invariant($"fork-{id}-{agreement.Agreement.Revision}"),
                    AgreementId = id,
                    Reason = FormattableString.Invariant($"fork: ledger {evidence.LedgerId}, position {evidence.Position}: chain {Short(chain)} and chain {Short(evidence.Chain)}, both by the hub of {region}"),
                },
                cancellation);
        }
    }

    private static string RowOf(string region) => $"exchange/fork/{region}";

    private static string Short(ByteString chain) => chain.Length < 6 ? "?" : Convert.ToHexStringLower(chain.Span[..6]);
}
