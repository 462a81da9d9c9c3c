using System.Security.Cryptography;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Tests;

public abstract partial class LedgerConformance
{
    [Fact]
    public async Task Readers_see_no_position_before_all_below_it()
    {
        const int Events = 4000;
        var writers = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < Events / 4; i++)
            {
                await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), (ulong)((w * Events) + i + 1), personal: false));
            }
        })).ToList();
        var followers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            for (var at = 0L; at < Events + 1;)
            {
                await Ledger.WaitBeyondAsync(at);
                foreach (var stored in Ledger.Read(at + 1, 64))
                {
                    Assert.Equal(at + 1, stored.Position);
                    at = stored.Position;
                }
            }
        })).ToList();
        await Task.WhenAll([.. writers, .. followers]).WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_thousand_waiters_wake_with_one_commit()
    {
        var waiting = Enumerable.Range(0, 1000).Select(_ => Ledger.WaitBeyondAsync(1)).ToList();
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        using var cancel = new CancellationTokenSource();
        var cancelled = Ledger.WaitBeyondAsync(1, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 1));
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(Ledger.WaitBeyondAsync(1).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task An_entity_is_read_as_it_stood_at_a_position()
    {
        var entity = Ledger.ReserveEntity();
        await CommitAsync(Drafts.Publish(entity, 1));
        await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 2));
        await CommitAsync(Drafts.Change(entity, 2, EventKind.Suspended, ListingState.Suspended));
        Assert.Null(Ledger.At(entity, 1));
        Assert.Equal(1, Ledger.At(entity, 2)!.Revision);
        Assert.Equal(1, Ledger.At(entity, 3)!.Revision);
        Assert.Equal(2, Ledger.At(entity, 4)!.Revision);
        Assert.Equal(4, Ledger.Last(entity)!.Position);
        Assert.Null(Ledger.Last(entity + 10));
        Assert.Empty(Ledger.Read(5, 10));
    }

    [Fact]
    public async Task The_state_is_read_in_entity_order_with_the_last_events()
    {
        List<long> entities = [];
        for (var i = 0; i < 25; i++)
        {
            var entity = Ledger.ReserveEntity();
            entities.Add(entity);
            await CommitAsync(Drafts.Publish(entity, (ulong)(i + 1)));
        }

        await CommitAsync(Drafts.Change(entities[3], 2, EventKind.Suspended, ListingState.Suspended));
        await ReopenAsync();
        List<StateRow> rows = [];
        for (var after = 1L; Ledger.ReadState(after, 7) is { Count: > 0 } page; after = page[^1].Entity)
        {
            rows.AddRange(page);
        }

        Assert.Equal(entities, rows.Select(row => row.Entity));
        Assert.Equal(ListingState.Suspended, rows[3].State);
        Assert.Equal(27, rows[3].Position);
        Assert.Equal(EventKind.Suspended, rows[3].Event.Kind);
        Assert.Equal(ListingState.Active, Ledger.OpenPart(rows[4].Event).Listing.State);
        Assert.Equal(5UL, SubjectEntry.Read(rows[4].Subjects.Span, 0).NameTag);
        Assert.Equal(rows[4].Entity, Ledger.FindSource(rows[4].Source!.Value));
    }

    [Fact]
    public async Task A_catalogue_is_stored_with_its_event()
    {
        var bytes = "{\"lists\":[]}"u8.ToArray();
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        await CommitAsync(new EventDraft
        {
            Entity = Ledger.ReserveEntity(),
            Revision = 1,
            Kind = EventKind.CatalogueActivated,
            Open = new LedgerEvent { Kind = EventKind.CatalogueActivated, Catalogue = new CatalogueVersion { Digest = digest } },
            Catalogue = new CatalogueBytes(digest, bytes),
        });
        await ReopenAsync();
        Assert.Equal(bytes, Ledger.Catalogue(digest));
        Assert.Null(Ledger.Catalogue("00"));
    }

    [Fact]
    public async Task Keys_and_entity_numbers_survive_a_restart()
    {
        var mac = new byte[16];
        Ledger.Keys.Request.Mac("same"u8, mac);
        var entity = Ledger.ReserveEntity();
        await CommitAsync(Drafts.Publish(entity, 1));
        var ledgerId = Ledger.LedgerId;
        await ReopenAsync();
        var again = new byte[16];
        Ledger.Keys.Request.Mac("same"u8, again);
        Assert.Equal(mac, again);
        Ledger.Keys.Subject.Mac("same"u8, again);
        Assert.NotEqual(mac, again);
        Assert.Equal(ledgerId, Ledger.LedgerId);
        Assert.True(Ledger.ReserveEntity() > entity);
    }
}
