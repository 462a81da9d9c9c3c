using CreditExchange.V1;

namespace CreditExchange.Ledger;

/// <summary>An event that its caller has checked, ready to be sealed and appended.</summary>
public sealed record EventDraft
{
    /// <summary>What the event is about, from <see cref="ILedger.ReserveEntity"/> or an earlier event.</summary>
    public required long Entity { get; init; }

    /// <summary>The revision it makes: 1 for a new entity, else the expected one + 1.</summary>
    public required long Revision { get; init; }

    /// <summary>What happened.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>The open part, without what the writer assigns (position, recorded_at, listing.position).</summary>
    public required LedgerEvent Open { get; init; }

    /// <summary>What identifies a natural person: is sealed, and merged onto the open part on delivery. Null: nothing does.</summary>
    public LedgerEvent? Personal { get; init; }

    /// <summary>Makes a retry answerable; null for events of the hub itself.</summary>
    public RequestKey? RequestKey { get; init; }

    /// <summary>Tells a retry from another request under the same id.</summary>
    public ContentMac? ContentMac { get; init; }

    /// <summary>The agency's own key; given with revision 1. Later revisions keep it when they leave it out.</summary>
    public SourceKey? Source { get; init; }

    /// <summary>Whether the entity is live (not final) after the event; final frees the source key.</summary>
    public bool Live { get; init; } = true;

    /// <summary>State of a listing after the event; else unspecified.</summary>
    public ListingState State { get; init; }

    /// <summary>Subjects under which the entity is found after the event, at most a few hundred.</summary>
    public IReadOnlyList<SubjectEntry> Subjects { get; init; } = [];

    /// <summary>A catalogue that the event names by its digest and that is stored with it.</summary>
    public CatalogueBytes? Catalogue { get; init; }

    /// <summary>
    /// Whether the event erases its entity: the transaction that appends it clears the sealed parts of all the entity's
    /// events and removes its state; the entity's key goes next.
    /// </summary>
    public bool Erases { get; init; }

    /// <summary>Whether the clock made it: appended behind other work.</summary>
    public bool Background { get; init; }
}

/// <summary>A catalogue's canonical bytes.</summary>
/// <param name="Digest">SHA-256 of the bytes, lower-case hex.</param>
/// <param name="Bytes">The bytes.</param>
public sealed record CatalogueBytes(string Digest, byte[] Bytes);
