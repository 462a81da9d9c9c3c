using System.Collections.Concurrent;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Ledgers;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Ledger;
using CreditExchange.Ledger.Exchange;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>
/// The checkpoints of other hubs, from themselves and passed on by others: compared with each other and with what was received, and the
/// newest of each passed on.
/// </summary>
public sealed class HeardCheckpoints(ILedger ledger, PartnerBook partners, ForkBook forks)
{
    private const int MostOfHub = 1_024;
    private readonly ConcurrentDictionary<string, Hub> hubs = new(StringComparer.Ordinal);

    /// <summary>The newest of each hub but one, to be told to that one.</summary>
    public IEnumerable<SignedLedgerCheckpoint> NewestBeside(string region)
    {
        foreach (var known in partners.Regions)
        {
            if (known != region && HubOf(known).Newest is { } newest)
            {
                yield return newest;
            }
        }
    }

    /// <summary>Takes a checkpoint.</summary>
    /// <param name="signed">As it came.</param>
    /// <param name="via">Region of the hub that sent it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="RuleViolation">EXCHANGE_CHECKPOINT: the sender's own isn't its own; EXCHANGE_FORK.</exception>
    public async Task TakeAsync(SignedLedgerCheckpoint signed, string via, CancellationToken cancellation)
    {
        var region = RegionOf(signed);
        if (partners.TermsOf(region) is not { } terms)
        {
            // Of a hub that this one has no agreement with: nobody here could say whose key that is.
            return;
        }

        LedgerCheckpoint checkpoint;
        try
        {
            checkpoint = FrameSignatures.Open(signed, terms.Keys);
            if (LedgerIds.WithoutEpoch(checkpoint.LedgerId) != terms.LedgerId)
            {
                throw new RuleViolation(ErrorReason.ExchangeCheckpoint, "", ("cause", "another ledger"));
            }
        }
        catch (RuleViolation) when (via != region)
        {
            // Its agreement with the one who passes it on may name other keys.
            return;
        }

        if (HubOf(region).Take(checkpoint, signed) is { } other)
        {
            await ConvictAsync(region, EvidenceOf(checkpoint, signed, LedgerCheckpoint.Parser.ParseFrom(other.Checkpoint).Chain, other), via, cancellation);
            return;
        }

        if (partners.Of(region).Incoming.ChainOf(checkpoint.LedgerId, checkpoint.Position) is { } known && !checkpoint.Chain.Span.SequenceEqual(known))
        {
            await ConvictAsync(region, EvidenceOf(checkpoint, signed, ByteString.CopyFrom(known), null), via, cancellation);
            return;
        }

        await HubOf(region).KeepAsync();
    }

    /// <summary>Takes evidence that another hub found: nothing of it is believed that the forked hub hasn't signed.</summary>
    /// <param name="evidence">As it came.</param>
    /// <param name="via">Region of the hub that sent it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task TakeAsync(ForkEvidence evidence, string via, CancellationToken cancellation)
    {
        if (evidence.Checkpoint is null || RegionOf(evidence.Checkpoint) is not { } region || region == via || partners.TermsOf(region) is not { } terms
            || (forks.Of(region) is { } known && known.LedgerId == evidence.LedgerId && known.Position == evidence.Position))
        {
            return;
        }

        try
        {
            if (ForkProof.Chains(evidence, terms.Keys) is var (one, other) && LedgerIds.WithoutEpoch(one.LedgerId) == terms.LedgerId)
            {
                var proved = evidence.Clone();
                (proved.LedgerId, proved.Position, proved.Chain) = (one.LedgerId, one.Position, other);
                await ConvictAsync(region, proved, via, cancellation);
            }
        }
        catch (RuleViolation unproved) when (unproved.Reason != ErrorReason.ExchangeFork)
        {
            // Its agreement with the one who passes it on may name other keys.
            return;
        }
    }

    // Who passes it on isn't to blame.
    private async Task ConvictAsync(string region, ForkEvidence evidence, string via, CancellationToken cancellation)
    {
        var fork = await forks.ConvictAsync(region, evidence, cancellation);
        if (region == via)
        {
            throw fork;
        }

        partners.Of(region).Faults.Add(fork.Reason);
    }

    /// <summary>Compares what a batch says with what was heard of its positions.</summary>
    /// <param name="region">The hub.</param>
    /// <param name="ledgerId">Its ledger and epoch.</param>
    /// <param name="first">The batch's first position.</param>
    /// <param name="chains">The chain hashes of its positions.</param>
    /// <returns>The evidence, without the frame; null: nothing contradicts it.</returns>
    public ForkEvidence? Compare(string region, string ledgerId, long first, List<byte[]> chains)
    {
        foreach (var (checkpoint, signed) in HubOf(region).Within(ledgerId, first, first + chains.Count - 1))
        {
            var chain = chains[(int)(checkpoint.Position - first)];
            if (!checkpoint.Chain.Span.SequenceEqual(chain))
            {
                return EvidenceOf(checkpoint, signed, ByteString.CopyFrom(chain), null);
            }
        }

        return null;
    }

    private static ForkEvidence EvidenceOf(LedgerCheckpoint checkpoint, SignedLedgerCheckpoint signed, ByteString chain, SignedLedgerCheckpoint? other) => new()
    {
        LedgerId = checkpoint.LedgerId,
        Position = checkpoint.Position,
        Checkpoint = signed,
        Other = other,
        Chain = chain,
    };

    private static string RegionOf(SignedLedgerCheckpoint signed)
    {
        try
        {
            return LedgerCheckpoint.Parser.ParseFrom(signed.Checkpoint).Region;
        }
        catch (InvalidProtocolBufferException)
        {
            throw new RuleViolation(ErrorReason.ExchangeCheckpoint, "", ("cause", "malformed"));
        }
    }

    private Hub HubOf(string region) => hubs.GetOrAdd(region, r => new Hub(ledger.Progress, r));

    private sealed class Hub
    {
        private readonly Lock gate = new();
        private readonly SortedDictionary<(string Ledger, long Position), (LedgerCheckpoint Checkpoint, SignedLedgerCheckpoint Signed)> heard = [];
        private readonly KeptRow row;
        private LedgerCheckpoint? newest;
        private SignedLedgerCheckpoint? newestSigned;
        private SignedLedgerCheckpoint? kept;
        private bool isKeeping;

        public Hub(IProgressStore store, string region)
        {
            row = new KeptRow(store, $"exchange/heard/{region}");
            if (row.Load() is { } bytes)
            {
                kept = SignedLedgerCheckpoint.Parser.ParseFrom(bytes);
                Take(LedgerCheckpoint.Parser.ParseFrom(kept.Checkpoint), kept);
            }
        }

        public SignedLedgerCheckpoint? Newest
        {
            get
            {
                lock (gate)
                {
                    return newestSigned;
                }
            }
        }

        // Another one for the same position that says otherwise.
        public SignedLedgerCheckpoint? Take(LedgerCheckpoint checkpoint, SignedLedgerCheckpoint signed)
        {
            lock (gate)
            {
                if (heard.TryGetValue((checkpoint.LedgerId, checkpoint.Position), out var known))
                {
                    return known.Checkpoint.Chain == checkpoint.Chain ? null : known.Signed;
                }

                heard.Add((checkpoint.LedgerId, checkpoint.Position), (checkpoint, signed));
                if (heard.Count > MostOfHub)
                {
                    heard.Remove(heard.Keys.First());
                }

                if (newest is null || newest.LedgerId != checkpoint.LedgerId || newest.Position < checkpoint.Position)
                {
                    (newest, newestSigned) = (checkpoint, signed);
                }

                return null;
            }
        }

        public List<(LedgerCheckpoint, SignedLedgerCheckpoint)> Within(string ledgerId, long first, long last)
        {
            lock (gate)
            {
                List<(LedgerCheckpoint, SignedLedgerCheckpoint)> found = [];
                foreach (var ((ledger, position), known) in heard)
                {
                    if (ledger == ledgerId && position >= first && position <= last)
                    {
                        found.Add(known);
                    }
                }

                return found;
            }
        }

        // Of two at once the first keeps; what is newer is kept with the next one that comes.
        public async Task KeepAsync()
        {
            SignedLedgerCheckpoint now;
            lock (gate)
            {
                if (isKeeping || newestSigned is null || ReferenceEquals(newestSigned, kept))
                {
                    return;
                }

                (isKeeping, now) = (true, newestSigned);
            }

            try
            {
                await row.WriteAsync(now.ToByteArray());
                kept = now;
            }
            finally
            {
                lock (gate)
                {
                    isKeeping = false;
                }
            }
        }
    }
}
