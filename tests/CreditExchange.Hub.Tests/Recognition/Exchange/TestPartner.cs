using System.Security.Cryptography;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Domain.Subjects;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Recognition.Exchange;

/// <summary>A partner that is no hub: it speaks the protocol by a key of its own, and says what the test wants.</summary>
internal sealed class TestPartner(string region) : IDisposable
{
    public string Region { get; } = region;

    public ECDsa Key { get; set; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string LedgerBase { get; init; } = "abc123";

    public AgreementParty Party() => new()
    {
        Region = Region,
        Name = new LocalizedText { Zh = "某省", En = "A province" },
        HubId = Neighbours.HubOf(Region),
        LedgerId = LedgerBase,
        Keys = { AgreementSignatures.PublicKey(Key) },
    };

    public FakeLedger NewLedger(int salt = 0, int epoch = 1) => new($"{LedgerBase}.{epoch}", Region, salt);

    /// <summary>The hub proposes, this partner signs, the hub takes its signature.</summary>
    public async Task AgreeAsync(HubServer hub, string id = Provinces.GdHi, bool countersigned = true, Action<AgreementTerms>? change = null)
    {
        var terms = DemonstrationAgreements.Terms(id, await hub.PartyAsync(), Party());
        change?.Invoke(terms);
        var proposed = await hub.ProposeAsync(terms);
        if (countersigned)
        {
            var signed = proposed.Agreement.Signed.Clone();
            signed.Signatures.Add(AgreementSignatures.Sign(signed.Terms, Region, Key));
            await hub.CountersignAsync(signed);
        }
    }

    /// <summary>Calls a hub and greets it.</summary>
    public async Task<TestSession> ConnectAsync(HubServer hub, FakeLedger ledger, Action<ExchangeHello>? change = null, ECDsa? signBy = null)
    {
        var session = new TestSession(this, hub, await hub.PartyAsync(), signBy ?? Key);
        await session.GreetAsync(ledger, change);
        return session;
    }

    public SignedLedgerCheckpoint Sign(LedgerCheckpoint checkpoint, ECDsa? by = null) =>
        FrameSignatures.Sign(checkpoint, AgreementSignatures.PublicKey(by ?? Key).KeyId, bytes => SignBytes(by ?? Key, bytes));

    public static byte[] SignBytes(ECDsa key, byte[] bytes) =>
        key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Dispose() => Key.Dispose();
}

/// <summary>A session that a test partner called for.</summary>
internal sealed class TestSession : IDisposable
{
    private readonly TestPartner partner;
    private readonly ECDsa key;
    private readonly AgreementParty hubParty;
    private readonly AsyncDuplexStreamingCall<ExchangeRequest, ExchangeResponse> call;
    private long number;

    public TestSession(TestPartner partner, HubServer hub, AgreementParty hubParty, ECDsa key)
    {
        (this.partner, this.hubParty, this.key) = (partner, hubParty, key);
        call = new V1.RecognitionService.RecognitionServiceClient(hub.As(Neighbours.HubOf(partner.Region))).Exchange();
    }

    public byte[] Session { get; private set; } = [];

    public ExchangeHello Theirs { get; private set; } = null!;

    /// <summary>Every frame that the hub sent, as carried.</summary>
    public List<SignedFrame> Received { get; } = [];

    /// <summary>The same, read.</summary>
    public List<ExchangeFrame> Frames { get; } = [];

    public async Task GreetAsync(FakeLedger ledger, Action<ExchangeHello>? change)
    {
        var hello = new ExchangeHello
        {
            Region = partner.Region,
            LedgerId = ledger.LedgerId,
            Epoch = new Epoch { LedgerId = ledger.LedgerId, FirstPosition = 1, ChainBefore = ByteString.CopyFrom(new byte[32]) },
            Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32)),
            Resume = new LedgerResume { Chain = ByteString.CopyFrom(new byte[32]) },
            Time = Timestamp.FromDateTimeOffset(Provinces.Now),
        };
        hello.TokenKeys.Add(TokenKeySeal.Seal(TokenKey, 1, partner.Region, hubParty.Region, hubParty.Keys[0]));
        change?.Invoke(hello);
        var mine = FrameSignatures.Sign(new ExchangeFrame { Hello = hello }, new byte[32], KeyId, b => TestPartner.SignBytes(key, b));
        await SendRawAsync(mine);
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var theirs = call.ResponseStream.Current.Frame;
        Session = FrameSignatures.SessionOf(mine.Frame.Span, theirs.Frame.Span);
        Theirs = ExchangeFrame.Parser.ParseFrom(theirs.Frame).Hello;
    }

    /// <summary>The key under which this partner wants persons to be named.</summary>
    public static byte[] TokenKey { get; } = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private string KeyId => AgreementSignatures.PublicKey(key).KeyId;

    /// <summary>The token that the hub expects for a person, by the key that it gave.</summary>
    public SubjectToken TokenOf(SubjectId person)
    {
        var given = Theirs.TokenKeys.First(k => k.KeyId == KeyId);
        var opened = TokenKeySeal.Open(given, Theirs.Region, partner.Region, key.ExportParameters(true));
        using var maker = new SubjectTokenMaker(Theirs.Region, opened, given.Version);
        return maker.Of(SubjectIds.Normalise(person, "subject", new DateOnly(2026, 11, 22)));
    }

    public SignedFrame Sign(ExchangeFrame frame, byte[]? session = null, ECDsa? by = null)
    {
        frame.Number = ++number;
        return FrameSignatures.Sign(frame, session ?? Session, AgreementSignatures.PublicKey(by ?? key).KeyId, b => TestPartner.SignBytes(by ?? key, b));
    }

    public Task SendAsync(ExchangeBatch batch) => SendRawAsync(Sign(new ExchangeFrame { Batch = batch }));

    public Task SendAsync(params SignedLedgerCheckpoint[] checkpoints) =>
        SendRawAsync(Sign(new ExchangeFrame { Checkpoints = new CheckpointNews { Checkpoints = { checkpoints } } }));

    public async Task SendRawAsync(SignedFrame frame)
    {
        try
        {
            await call.RequestStream.WriteAsync(new ExchangeRequest { Frame = frame });
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            // The hub has ended the session; what it answers tells why.
        }
    }

    /// <summary>Reads until a frame is what the test waits for.</summary>
    public async Task<ExchangeFrame> UntilAsync(Predicate<ExchangeFrame> isIt)
    {
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            var signed = call.ResponseStream.Current.Frame;
            var frame = ExchangeFrame.Parser.ParseFrom(signed.Frame);
            Received.Add(signed);
            Frames.Add(frame);
            if (isIt(frame))
            {
                return frame;
            }
        }

        throw new InvalidOperationException("The hub ended the session.");
    }

    public async Task<ExchangeReceipt> ReceiptAsync(long through) =>
        (await UntilAsync(f => f.Receipt?.ThroughPosition >= through)).Receipt;

    /// <summary>The reason with which the hub ends the session: by its last word, or by the call's status.</summary>
    public async Task<ErrorReason> EndAsync()
    {
        try
        {
            return (await UntilAsync(f => f.Bye is not null)).Bye.Reason;
        }
        catch (RpcException ended)
        {
            return ReasonOf(ended);
        }
    }

    public static ErrorReason ReasonOf(RpcException error) =>
        (ErrorReason)ErrorReasonReflection.Descriptor.EnumTypes.Single(e => e.Name == "ErrorReason")
            .FindValueByName("ERROR_REASON_" + RpcFailure.Read(error).Reason).Number;

    public void Dispose() => call.Dispose();
}
