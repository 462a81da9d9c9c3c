using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Tests;

/// <summary>Drafts from seeds; no real person's number or name.</summary>
internal static class Drafts
{
    public const string Number = "11010519491231002X";
    public const string Name = "测试用名甲";

    public static EventDraft Publish(long entity, ulong seed, bool personal = true, UInt128? source = null, bool background = false) => new()
    {
        Entity = entity,
        Revision = 1,
        Kind = EventKind.Published,
        Open = Open(entity, 1, ListingState.Active),
        Personal = personal ? Person() : null,
        RequestKey = new RequestKey(new UInt128(seed * 0x9E3779B97F4A7C15, seed)),
        ContentMac = new ContentMac(seed),
        Source = source is { } given ? new SourceKey(given) : new SourceKey(new UInt128(seed * 0xD1342543DE82EF95, seed)),
        State = ListingState.Active,
        Subjects = [new SubjectEntry(Key(seed), 0, seed)],
        Background = background,
    };

    public static EventDraft Change(
        long entity, long revision, EventKind kind, ListingState state, ulong? request = null, bool live = true, bool personal = true) => new()
        {
            Entity = entity,
            Revision = revision,
            Kind = kind,
            Open = Open(entity, revision, state),
            Personal = personal ? Person() : null,
            RequestKey = request is { } seed ? new RequestKey(new UInt128(seed * 0x9E3779B97F4A7C15, seed)) : null,
            ContentMac = request is { } content ? new ContentMac(content) : null,
            State = state,
            Live = live,
        };

    private static SubjectKey Key(ulong seed)
    {
        Span<byte> bytes = stackalloc byte[17];
        bytes[0] = 1;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes[1..], seed * 0xA24BAED4963EE407);
        return SubjectKey.Read(bytes);
    }

    private static LedgerEvent Open(long entity, long revision, ListingState state) => new()
    {
        Kind = revision == 1 ? EventKind.Published : EventKind.Amended,
        Actor = "court-460100",
        Listing = new Listing
        {
            ListingId = $"7f3a9c-{entity}",
            SourceRef = $"(2026)琼01执{entity}号",
            ListCode = "court.dishonest-judgment-debtor",
            Reason = new string('由', 90),
            Document = new DecisionDocument { Number = $"(2026)琼01执{entity}号", Authority = "测试法院", DecidedOn = "2026-03-02" },
            State = state,
            Revision = revision,
            LegalBasis = new string('法', 60),
        },
    };

    private static LedgerEvent Person() => new()
    {
        Listing = new Listing { Subject = new SubjectId { Kind = IdKind.ResidentId, Number = Number }, SubjectName = Name },
    };
}
