using System.Buffers.Binary;
using System.Security.Cryptography;
using CreditExchange.Ledger.Proofs;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Tests.Recognition.Exchange;

/// <summary>A ledger that a test makes as it likes, with a right chain over what it says.</summary>
internal sealed class FakeLedger(string ledgerId, string region, int salt = 0)
{
    private readonly List<ExchangedEvent> events = [];
    private readonly List<byte[]> chains = [new byte[32]];
    private long clock = 1_780_000_000_000_000;

    public string LedgerId { get; } = ledgerId;

    public string Region { get; } = region;

    public long Head => events.Count;

    public byte[] ChainAt(long position) => chains[(int)position];

    /// <summary>A position without content.</summary>
    public FakeLedger Pass(int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            Add(1_000_000 + Head, 1, EventKind.AgencyChanged, null, "");
        }

        return this;
    }

    /// <summary>A listing's event.</summary>
    public Listing List(
        SubjectId? subject, int entity = 0, long revision = 1, ListingState state = ListingState.Active, SubjectToken? token = null,
        string agreement = Provinces.GdHi, string list = Provinces.Court, Action<Listing>? change = null)
    {
        var listing = TestListings.Create(list, subject ?? new SubjectId(), "");
        listing.Subject = subject;
        listing.SubjectToken = token;
        listing.SubjectName = subject is null ? "" : listing.SubjectName;
        listing.Reason = subject is null ? "" : listing.Reason;
        listing.Notice = null;
        entity = entity == 0 ? (int)Head + 1 : entity;
        listing.ListingId = $"{LedgerId[..LedgerId.IndexOf('.', StringComparison.Ordinal)]}-{entity}";
        listing.Revision = revision;
        listing.State = state;
        listing.Position = Head + 1;
        listing.EffectiveFrom = Timestamp.FromDateTimeOffset(new DateTimeOffset(2025, 6, 10, 0, 0, 0, TimeSpan.Zero));
        listing.Origin = new Origin { Region = Region, Agency = "gd-court" };
        change?.Invoke(listing);
        Add(entity, revision, revision == 1 ? EventKind.Published : EventKind.Amended, listing, agreement);
        return listing;
    }

    /// <summary>The events from a position on, as a batch.</summary>
    public ExchangeBatch Batch(long first = 1, long last = long.MaxValue, uint keyVersion = 1, params string[] covered)
    {
        last = Math.Min(last, Head);
        var batch = new ExchangeBatch
        {
            FirstPosition = first,
            ChainBefore = ByteString.CopyFrom(ChainAt(first - 1)),
            ChainAfter = ByteString.CopyFrom(ChainAt(last)),
            HeadPosition = Head,
            Lag = new Duration(),
            KeyVersion = keyVersion,
            LedgerId = LedgerId,
        };
        batch.Events.Add(events.Skip((int)first - 1).Take((int)(last - first + 1)).Select(e => e.Clone()));
        batch.CoveredAgreements.Add(covered.Length == 0 ? [Provinces.GdHi] : covered);
        return batch;
    }

    public LedgerCheckpoint Checkpoint(long position) => new()
    {
        LedgerId = LedgerId,
        Region = Region,
        Position = position,
        Chain = ByteString.CopyFrom(ChainAt(position)),
        Time = Timestamp.FromDateTimeOffset(Provinces.Now),
    };

    /// <summary>Makes the chain of a changed batch right again, as a liar would who holds the key.</summary>
    public static void Rechain(ExchangeBatch batch)
    {
        var chain = batch.ChainBefore.ToByteArray();
        for (var i = 0; i < batch.Events.Count; i++)
        {
            chain = Link(chain, batch.FirstPosition + i, batch.Events[i]);
        }

        batch.ChainAfter = ByteString.CopyFrom(chain);
    }

    private static byte[] Link(byte[] before, long position, ExchangedEvent e)
    {
        var chain = new byte[32];
        Commitments.Link(before, position, e.RecordedAt, e.Entity, e.Revision, (EventKind)e.Kind, e.Commitment.Span, chain);
        return chain;
    }

    private void Add(long entity, long revision, EventKind kind, Listing? listing, string agreement)
    {
        var commitment = new byte[36];
        BinaryPrimitives.WriteInt32BigEndian(commitment, salt);
        BinaryPrimitives.WriteInt64BigEndian(commitment.AsSpan(4), Head);
        clock += 1_000;
        var item = new ExchangedEvent
        {
            RecordedAt = clock,
            Entity = entity,
            Revision = revision,
            Kind = (int)kind,
            Commitment = ByteString.CopyFrom(SHA256.HashData(commitment)),
        };
        if (listing is not null)
        {
            item.AgreementId = agreement;
            item.Content = new LedgerEvent { Position = Head + 1, Kind = kind, Listing = listing }.ToByteString();
        }

        chains.Add(Link(chains[^1], Head + 1, item));
        events.Add(item);
    }
}
