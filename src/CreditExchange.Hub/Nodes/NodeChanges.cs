using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Views;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Redis;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Nodes;

/// <summary>What an event changed for the hub's own nodes: subject keys instead of subjects, and what is no secret between nodes.</summary>
public sealed class NodeChanges(ILedger ledger, OpenedEvents opened)
{
    private readonly ChangedSubjects changed = new(ledger);

    /// <summary>What a node is told of an event: when and what kind it was, and what it changed; no content.</summary>
    public WatchUpdatesResponse ToNode(StoredEvent stored, LedgerEvent masked) => new()
    {
        Event = new LedgerEvent
        {
            Position = masked.Position,
            RecordedAt = masked.RecordedAt,
            Kind = masked.Kind,
            PreviousPosition = masked.PreviousPosition,
            Commitment = masked.Commitment,
            Redaction = Redaction.Right,
        },
        NodeChange = Of(stored),
    };

    private NodeChange Of(StoredEvent stored)
    {
        var change = new NodeChange();
        var whole = opened.Get(stored);
        switch (whole.BodyCase)
        {
            case LedgerEvent.BodyOneofCase.SubjectLink when !stored.IsErased:
                var all = new List<SubjectKey>();
                foreach (var link in Links(stored.Entity, whole.SubjectLink, ledger.Keys.Subjects))
                {
                    change.Links.Add(link);
                    all.Add(SubjectKey.Read(link.FromKey.Span));
                    all.Add(SubjectKey.Read(link.ToKey.Span));
                }

                change.SubjectKeys = Write(all);
                break;
            case LedgerEvent.BodyOneofCase.Agency:
                change.Agency = new NodeAgency { Entity = stored.Entity, Agency = whole.Agency };
                break;
            case LedgerEvent.BodyOneofCase.TokenRevocation:
                change.TokenRevocation = whole.TokenRevocation;
                break;
            case LedgerEvent.BodyOneofCase.Catalogue:
                change.Catalogue = Catalogue.Parser.ParseFrom(ledger.Catalogue(whole.Catalogue.Digest)
                    ?? throw new InvalidOperationException($"The catalogue of position {stored.Position} is not in the store."));
                break;
            case LedgerEvent.BodyOneofCase.Agreement:
                change.Agreement = whole.Agreement;
                break;
            case LedgerEvent.BodyOneofCase.ListingFlag:
                change.Flag = Flag(whole.ListingFlag);
                break;
            case LedgerEvent.BodyOneofCase.PartnerKeys:
                change.PartnerKeys = whole.PartnerKeys;
                break;
            case LedgerEvent.BodyOneofCase.SubjectKey:
                change.BeginAnew = true;
                break;
            default:
                var keys = new HashSet<SubjectKey>();
                changed.Collect(stored, keys);
                change.SubjectKeys = Write(keys);
                break;
        }

        return change;
    }

    /// <summary>A link under each version of the subject key that lives.</summary>
    public static IEnumerable<NodeLink> Links(long entity, SubjectLink link, SubjectKeySet versions)
    {
        foreach (var version in versions.Live)
        {
            yield return new NodeLink
            {
                Entity = entity,
                FromKey = ByteString.CopyFrom(version.Compute(link.From).ToArray()),
                ToKey = ByteString.CopyFrom(version.Compute(link.To).ToArray()),
                Relation = link.Relation,
                Active = link.Active,
            };
        }
    }

    /// <summary>A flag as nodes take it.</summary>
    public static NodeFlag Flag(ListingFlag flag) => new()
    {
        ListingEntity = LookupFeed.FlaggedListing(flag),
        UntilTicks = LookupFeed.FlaggedUntil(flag),
    };

    /// <summary>Keys as they are written one after another.</summary>
    public static ByteString Write(IReadOnlyCollection<SubjectKey> keys)
    {
        var bytes = new byte[keys.Count * SubjectKey.Length];
        var at = 0;
        foreach (var key in keys)
        {
            key.WriteTo(bytes.AsSpan(at));
            at += SubjectKey.Length;
        }

        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}
