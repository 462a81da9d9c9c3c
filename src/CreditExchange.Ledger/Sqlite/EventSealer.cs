using System.Security.Cryptography;
using CreditExchange.Ledger.Keys;
using CreditExchange.Ledger.Proofs;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>Makes a draft a sealed, hashed event, on its caller's thread: the writer is left with the chain.</summary>
internal sealed class EventSealer(KeyStore keys)
{
    public PendingAppend Seal(EventDraft draft, string ledgerId)
    {
        if (draft.Entity < 1 || draft.Revision < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(draft), "Entity and revision count from 1.");
        }

        if (draft.Open.Position != 0 || draft.Open.RecordedAt is not null || draft.Open.Listing is { Position: not 0 })
        {
            throw new ArgumentException("The open part must leave out what the writer assigns.", nameof(draft));
        }

        // One call for all that is random: open salt 16, personal salt 16, nonce 12, data key 32 + 8 + 12.
        Span<byte> random = stackalloc byte[96];
        RandomNumberGenerator.Fill(random);
        var proof = new byte[StoredEvent.ProofSize];
        random[..16].CopyTo(proof.AsSpan(96));
        DataKey? key = null;
        byte[]? sealedBytes = null;
        if (draft.Personal?.CalculateSize() is { } size and > 0)
        {
            var salted = new byte[Commitments.SaltSize + size];
            random.Slice(16, 16).CopyTo(salted);
            draft.Personal.WriteTo(salted.AsSpan(Commitments.SaltSize));
            SHA256.HashData(salted, proof.AsSpan(64, 32));
            key = keys.ForSealing(draft.Entity, draft.Revision == 1, random[44..]);
            sealedBytes = Sealer.Seal(key, ledgerId, draft.Entity, draft.Revision, salted, random.Slice(32, 12));
            CryptographicOperations.ZeroMemory(salted);
        }
        else
        {
            Commitments.NothingPersonal.CopyTo(proof.AsSpan(64, 32));
        }

        var open = new byte[Commitments.SaltSize + draft.Open.CalculateSize()];
        random[..16].CopyTo(open);
        draft.Open.WriteTo(open.AsSpan(Commitments.SaltSize));
        Commitments.Commit(open, proof.AsSpan(64, 32), proof.AsSpan(32, 32));
        var stored = new StoredEvent(draft.Entity, draft.Revision, draft.Kind, proof, open.AsMemory(Commitments.SaltSize), sealedBytes)
        {
            RequestKey = draft.RequestKey,
            ContentMac = draft.ContentMac,
            Subjects = draft.Subjects,
        };
        // What is sealed need not wait for the commit in the clear.
        return new PendingAppend(draft with { Personal = null }, stored.With(draft.Open), SubjectEntry.Write(draft.Subjects), key);
    }

    /// <summary>The open part with what the writer assigned.</summary>
    public static LedgerEvent OpenPart(StoredEvent stored)
    {
        var whole = LedgerEvent.Parser.ParseFrom(stored.Open.Span);
        Assign(whole, stored);
        return whole;
    }

    public LedgerEvent Open(StoredEvent stored, string ledgerId)
    {
        var whole = LedgerEvent.Parser.ParseFrom(stored.Open.Span);
        if (stored.Sealed is { } sealedBytes)
        {
            if (keys.ForOpening(stored.Entity) is { } key)
            {
                var salted = Sealer.Unseal(key, ledgerId, stored.Entity, stored.Revision, sealedBytes);
                whole.MergeFrom(salted.AsSpan(Commitments.SaltSize));
            }
            else
            {
                whole.Redaction = Redaction.Erased;
            }
        }
        else if (stored.IsErased)
        {
            whole.Redaction = Redaction.Erased;
        }

        Assign(whole, stored);
        return whole;
    }

    private static void Assign(LedgerEvent whole, StoredEvent stored)
    {
        whole.Position = stored.Position;
        whole.RecordedAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(stored.RecordedAt);
        whole.Kind = stored.Kind;
        whole.Commitment = ByteString.CopyFrom(stored.Commitment);
        if (whole.Listing is { } listing)
        {
            listing.Position = stored.Position;
        }
    }
}
