using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Recognition.Exchange;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Redis;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Service = CreditExchange.V1.NodeService;

namespace CreditExchange.Hub.Nodes;

/// <summary>Serves the hub's nodes that hold no ledger: see node_service.proto.</summary>
public sealed class NodeService(
    ILedger ledger, LookupView view, PartnerBook partners, SealedDetails details, AccessRecords records, TimeProvider time, IHostApplicationLifetime life,
    IServiceProvider services) : Service.NodeServiceBase
{
    private const int Page = 1_000;
    private const int MostKeys = 1_000;
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public override async Task ReadNodeState(
        ReadNodeStateRequest request, IServerStreamWriter<ReadNodeStateResponse> responseStream, ServerCallContext context)
    {
        using var lease = new StreamLease(context.Caller(), Domain.Agencies.Scopes.Node, time, context.CancellationToken, life.ApplicationStopping);
        try
        {
            records.Opened(context.Trace(), view.Position);
            await responseStream.WriteAsync(new ReadNodeStateResponse { Header = Header() }, lease.Token);
            await WriteEntitiesAsync(responseStream, lease.Token);
            // What was read after the header is newer than it says.
            await responseStream.WriteAsync(new ReadNodeStateResponse { CompleteAt = ledger.Head }, lease.Token);
        }
        catch (OperationCanceledException) when (lease.Fault is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc/>
    public override async Task<ReadSubjectDetailsResponse> ReadSubjectDetails(ReadSubjectDetailsRequest request, ServerCallContext context)
    {
        var keys = request.SubjectKeys.Memory;
        if (keys.Length % SubjectKey.Length != 0 || keys.Length / SubjectKey.Length > MostKeys)
        {
            throw new RuleViolation(
                ErrorReason.BatchSize, "subject_keys", ("size", $"{keys.Length / SubjectKey.Length}"), ("limit", $"{MostKeys}"));
        }

        var head = ledger.Head;
        var response = new ReadSubjectDetailsResponse { LedgerId = ledger.LedgerId, Head = head };
        if (keys.IsEmpty)
        {
            response.PartnerAges.Add(partners.AgesNow());
            return response;
        }

        // The stream that the node follows may be ahead of the view by a moment.
        if (!await view.WaitForAsync(head, MostWait, time, context.CancellationToken))
        {
            throw new RuleViolation(ErrorReason.NotFresh, "", ("position", $"{view.Position}"));
        }

        var projection = services.GetService<TierProjection>();
        for (var i = 0; i < keys.Length; i += SubjectKey.Length)
        {
            var key = SubjectKey.Read(keys.Span[i..]);
            response.Details.Add(UnsafeByteOperations.UnsafeWrap(Seal(key, request.WithLinks)));
            if (!request.WithLinks)
            {
                projection?.Missed(key);
            }
        }

        return response;
    }

    private byte[] Seal(in SubjectKey key, bool withLinks)
    {
        SubjectReading reading;
        if (withLinks)
        {
            view.Read(key, out reading);
        }
        else
        {
            view.ReadOwn(key, out reading);
        }

        return details.Seal(key, reading, time.GetUtcNow());
    }

    private NodeStateHeader Header()
    {
        var position = view.Position;
        var recordedAt = position == 0 ? DateTimeOffset.UnixEpoch : ledger.Read(position, 1)[0].RecordedAt;
        return new NodeStateHeader
        {
            LedgerId = ledger.LedgerId,
            Position = position,
            RecordedAt = Timestamp.FromDateTimeOffset(recordedAt),
            Catalogue = view.Catalogue.Catalogue,
            CataloguePosition = view.CataloguePosition,
            KeyVersion = view.KeyVersion,
            Keys = { ledger.KeyBook.Wrapped() },
            Subjects = view.SubjectCount,
        };
    }

    private async Task WriteEntitiesAsync(IServerStreamWriter<ReadNodeStateResponse> stream, CancellationToken cancellation)
    {
        var keys = new List<SubjectKey>();
        for (long after = 0; ledger.ReadOpenState(after, Page) is { Count: > 0 } page; after = page[^1].Entity)
        {
            var part = new ReadNodeStateResponse();
            keys.Clear();
            foreach (var row in page)
            {
                Take(row, part, keys);
            }

            part.SubjectKeys = NodeChanges.Write(keys);
            if (part.CalculateSize() > 0)
            {
                await stream.WriteAsync(part, cancellation);
            }
        }
    }

    private void Take(StateRow row, ReadNodeStateResponse part, List<SubjectKey> keys)
    {
        var open = OpenPartReader.Read(ledger, row);
        switch (open.BodyCase)
        {
            case LedgerEvent.BodyOneofCase.Listing:
                if (DetailMessages.MayCount(ListingFacts.From(row.Entity, open.Listing), time.GetUtcNow()))
                {
                    TakeKeys(row, keys);
                }

                break;
            case LedgerEvent.BodyOneofCase.SubjectLink:
                part.Links.AddRange(NodeChanges.Links(row.Entity, open.SubjectLink, ledger.Keys.Subjects));
                break;
            case LedgerEvent.BodyOneofCase.Agency:
                part.Agencies.Add(new NodeAgency { Entity = row.Entity, Agency = open.Agency });
                break;
            case LedgerEvent.BodyOneofCase.Agreement:
                part.Agreements.Add(open.Agreement);
                break;
            case LedgerEvent.BodyOneofCase.ListingFlag:
                part.Flags.Add(NodeChanges.Flag(open.ListingFlag));
                break;
            case LedgerEvent.BodyOneofCase.PartnerKeys:
                part.PartnerKeys.Add(open.PartnerKeys);
                break;
            case LedgerEvent.BodyOneofCase.TokenRevocation:
                part.TokenRevocations.Add(open.TokenRevocation);
                break;
        }
    }

    // A row that was written while a rotation of the subject key began lacks the new version until it is filed again.
    private void TakeKeys(StateRow row, List<SubjectKey> keys)
    {
        var entries = SubjectEntry.ReadAll(row.Subjects.Span);
        foreach (var entry in entries)
        {
            keys.Add(entry.Key);
        }

        if (entries is [{ Key.IsOfToken: true }, ..])
        {
            return;
        }

        foreach (var version in ledger.Keys.Subjects.Required)
        {
            if (!Array.Exists(entries, e => e.Key.Version == version.Version) && ledger.Last(row.Entity) is { IsErased: false } last)
            {
                keys.AddRange(SubjectEntries.Keys(ledger.Open(last), version));
            }
        }
    }
}
