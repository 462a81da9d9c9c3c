using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Tests;

/// <summary>What every ledger must do, whatever it is stored in.</summary>
public abstract partial class LedgerConformance : IAsyncLifetime
{
    /// <summary>The clock of all ledgers of a test.</summary>
    protected FakeTime Time { get; } = FakeTime.OfWallClock(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));

    private protected ILedger Ledger { get; private set; } = null!;

    /// <summary>Opens the test's store; a second time after <see cref="IAsyncDisposable.DisposeAsync"/> of the first.</summary>
    private protected abstract Task<ILedger> OpenAsync();

    public async Task InitializeAsync() => Ledger = await OpenAsync();

    public async Task DisposeAsync()
    {
        await Ledger.DisposeAsync();
        Cleanup();
    }

    protected virtual void Cleanup()
    {
    }

    private protected async Task ReopenAsync()
    {
        await Ledger.DisposeAsync();
        Ledger = await OpenAsync();
    }

    private protected async Task<StoredEvent> CommitAsync(EventDraft draft) =>
        Assert.IsType<AppendResult.Committed>(await Ledger.AppendAsync(draft)).Event;

    [Fact]
    public void A_new_ledger_begins_with_its_epoch()
    {
        Assert.Equal(1, Ledger.Head);
        var first = Assert.Single(Ledger.Read(1, 10));
        var opened = Ledger.Open(first);
        Assert.Equal(EventKind.EpochOpened, opened.Kind);
        Assert.Equal(Ledger.LedgerId, opened.Epoch.LedgerId);
        Assert.EndsWith(".1", Ledger.LedgerId, StringComparison.Ordinal);
        Assert.Equal(1, opened.Epoch.FirstPosition);
        Assert.Equal(new byte[32], opened.Epoch.ChainBefore.ToByteArray());
        Assert.True(Ledger.ReserveEntity() > first.Entity);
    }

    [Fact]
    public async Task What_is_appended_is_read_back_whole()
    {
        var entity = Ledger.ReserveEntity();
        var draft = Drafts.Publish(entity, 7);
        var stored = await CommitAsync(draft);
        Assert.Equal(2, stored.Position);
        await ReopenAsync();

        var read = Ledger.Last(entity)!;
        Assert.Equal(stored.Chain, read.Chain);
        Assert.Equal(draft.RequestKey, read.RequestKey);
        Assert.Equal(draft.ContentMac, read.ContentMac);
        var whole = Ledger.Open(read);
        Assert.Equal(Drafts.Number, whole.Listing.Subject.Number);
        Assert.Equal(Drafts.Name, whole.Listing.SubjectName);
        Assert.Equal(draft.Open.Listing.Reason, whole.Listing.Reason);
        Assert.Equal(2, whole.Position);
        Assert.Equal(2, whole.Listing.Position);
        Assert.Equal(Time.Now, whole.RecordedAt.ToDateTimeOffset());
        Assert.Equal(stored.Commitment.ToArray(), whole.Commitment.ToByteArray());

        var part = Ledger.OpenPart(read);
        Assert.Null(part.Listing.Subject);
        Assert.Equal("", part.Listing.SubjectName);
        Assert.Equal(2, part.Listing.Position);
        Assert.True((await Ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task An_event_without_anything_personal_is_not_sealed_and_needs_no_key()
    {
        var stored = await CommitAsync(Drafts.Publish(Ledger.ReserveEntity(), 1, personal: false));
        Assert.Null(stored.Sealed);
        Assert.False(stored.IsErased);
        Assert.Equal(Redaction.Unspecified, Ledger.Open(stored).Redaction);
        Assert.True((await Ledger.VerifyAsync()).IsSound);
    }
}
