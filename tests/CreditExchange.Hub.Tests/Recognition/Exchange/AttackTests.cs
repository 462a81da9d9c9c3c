using System.Security.Cryptography;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Hub.Recognition.Exchange;
using CreditExchange.Ledger.Exchange;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Tests.Recognition.Exchange;

/// <summary>
/// A thousand and more random attacks on what a hub receives, by everything that a receiver proves before it applies anything: frames in order
/// and signed in this session, the chain, the contents, and the checkpoints that others passed on. Seeded.
/// </summary>
public sealed class AttackTests : IDisposable
{
    private const int Attacks = 1_500;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] session = RandomNumberGenerator.GetBytes(32);

    public void Dispose()
    {
        key.Dispose();
        foreign.Dispose();
    }

    [Fact]
    public void Every_random_attack_is_detected_and_an_honest_run_alarms_nobody()
    {
        var random = new Random(20_261_122);
        var reasons = new SortedDictionary<ErrorReason, int>();
        for (var attack = 0; attack < Attacks; attack++)
        {
            var (honest, ledger) = HonestRun(random);
            Assert.Equal(((ErrorReason?)null, ledger.Head), Receive(honest, ledger));
            var (name, lied) = Attack(random, honest, ledger);
            var (reason, reached) = Receive(lied, ledger);
            Assert.True(reason is not null, $"attack {attack}: {name} was not detected");
            // Nothing of the frame that lies counts, and nothing after it.
            Assert.True(reached <= ledger.Head, name);
            reasons[reason!.Value] = reasons.GetValueOrDefault(reason.Value) + 1;
        }

        Assert.Superset(
            new HashSet<ErrorReason>
            {
                ErrorReason.ExchangeSignature, ErrorReason.ExchangeKeyUnknown, ErrorReason.ExchangeSequence, ErrorReason.ExchangeGap, ErrorReason.ExchangeChain,
                ErrorReason.ExchangeBackdated, ErrorReason.ExchangeContent, ErrorReason.ExchangeFrame,
            },
            reasons.Keys.ToHashSet());
    }

    // Frames 1, 2, 3, ... with batches of random length over a random ledger.
    private (List<SignedFrame> Frames, FakeLedger Ledger) HonestRun(Random random)
    {
        var ledger = new FakeLedger("abc123.1", "440000", random.Next(1, 1_000));
        var length = random.Next(4, 20);
        for (var i = 0; i < length; i++)
        {
            if (random.Next(3) == 0)
            {
                ledger.Pass();
            }
            else
            {
                ledger.List(TestListings.Company(random.Next(1, 100_000)));
            }
        }

        ledger.Pass();
        var frames = new List<SignedFrame>();
        for (long first = 1; first <= ledger.Head;)
        {
            var last = Math.Min(ledger.Head, first + random.Next(1, 6));
            frames.Add(Sign(new ExchangeFrame { Batch = ledger.Batch(first, last) }, frames.Count + 1));
            first = last + 1;
        }

        return (frames, ledger);
    }

    private (string Name, List<SignedFrame> Frames) Attack(Random random, List<SignedFrame> honest, FakeLedger ledger)
    {
        var at = random.Next(honest.Count);
        var frames = honest.Select(f => f.Clone()).ToList();
        var frame = ExchangeFrame.Parser.ParseFrom(frames[at].Frame);
        var batch = frame.Batch;
        var item = random.Next(batch.Events.Count);
        var told = batch.Events[item];
        switch (random.Next(19))
        {
            case 0:
                var bytes = frames[at].Frame.ToByteArray();
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                frames[at].Frame = ByteString.CopyFrom(bytes);
                return ("a bit flipped on the way", frames);
            case 1:
                var signature = frames[at].Signature.ToByteArray();
                signature[random.Next(signature.Length)] ^= (byte)(1 << random.Next(8));
                frames[at].Signature = ByteString.CopyFrom(signature);
                return ("a bit of the signature flipped", frames);
            case 2:
                frames[at] = Sign(frame, frame.Number, by: foreign);
                return ("a foreign key", frames);
            case 3:
                frames[at] = Sign(frame, frame.Number, by: foreign);
                frames[at].KeyId = AgreementSignatures.PublicKey(key).KeyId;
                return ("a foreign key under the right name", frames);
            case 4:
                frames[at] = Sign(frame, frame.Number, in_: RandomNumberGenerator.GetBytes(32));
                return ("a frame of another session", frames);
            case 5:
                frames.Insert(at, frames[at]);
                return ("a frame twice", frames);
            case 6 when honest.Count > 1:
                frames.RemoveAt(at == honest.Count - 1 ? at - 1 : at);
                return ("a frame dropped", frames);
            case 7 when honest.Count > 1:
                var other = at == 0 ? 1 : at - 1;
                (frames[at], frames[other]) = (frames[other], frames[at]);
                return ("two frames exchanged", frames);
            case 8:
                told.Commitment = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32));
                return Signed("a commitment altered");
            case 9:
                told.Entity += 1 + random.Next(5);
                return Signed("an entity altered");
            case 10:
                told.RecordedAt -= 1_000_000_000L * (1 + random.Next(9));
                if (at == 0 && item == 0)
                {
                    told.RecordedAt = -1;
                }

                FakeLedger.Rechain(batch);
                return Signed("back-dated, with a chain of its own");
            case 11:
                batch.Events.RemoveAt(item);
                return Signed("an event dropped");
            case 12:
                batch.Events.Insert(item, told.Clone());
                return Signed("an event twice");
            case 13:
                batch.FirstPosition += random.Next(1, 4) * (random.Next(2) == 0 ? 1 : -1);
                return Signed("another position");
            case 14:
                batch.ChainAfter = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32));
                return Signed("another chain");
            case 15:
                batch.ChainBefore = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32));
                FakeLedger.Rechain(batch);
                return Signed("another history behind it");
            case 16:
                var forked = new FakeLedger("abc123.1", "440000", 5_000).Pass((int)ledger.Head);
                return ("another history from the begin", [Sign(new ExchangeFrame { Batch = forked.Batch() }, 1)]);
            case 17 when batch.Events.FirstOrDefault(e => e.Content.Length > 0) is { } listed:
                var content = LedgerEvent.Parser.ParseFrom(listed.Content);
                switch (random.Next(6))
                {
                    case 0: content.Listing.ListingId = "ffffff-" + listed.Entity; break;
                    case 1: content.Listing.ListingId += "1"; break;
                    case 2: content.Listing.Revision++; break;
                    case 3: content.Position++; break;
                    case 4: content.Listing.Subject = TestListings.Person(random.Next(1, 1_000)); break;
                    default: content.Kind = EventKind.Repaired; break;
                }

                listed.Content = content.ToByteString();
                return Signed("a content of something else");
            default:
                frames[at] = Sign(random.Next(2) == 0 ? new ExchangeFrame() : new ExchangeFrame { Hello = new ExchangeHello() }, frame.Number);
                return ("no frame", frames);
        }

        (string, List<SignedFrame>) Signed(string name)
        {
            frames[at] = Sign(frame, frame.Number);
            return (name, frames);
        }
    }

    // What SessionReceiver proves of each frame; beside it others' checkpoints of the true history.
    private (ErrorReason? Reason, long Reached) Receive(List<SignedFrame> frames, FakeLedger truth)
    {
        var order = new FrameOrder([AgreementSignatures.PublicKey(key)], session);
        var known = ForeignChain.None("abc123.1");
        try
        {
            foreach (var signed in frames)
            {
                var batch = order.Take(signed).Batch;
                var chains = new List<byte[]>();
                var after = known.After(batch, chains);
                for (var i = 0; i < chains.Count; i++)
                {
                    var position = batch.FirstPosition + i;
                    if (position <= truth.Head && !truth.ChainAt(position).AsSpan().SequenceEqual(chains[i]))
                    {
                        throw new RuleViolation(ErrorReason.ExchangeFork);
                    }
                }

                IncomingEvents.Read(batch, known.LedgerId, [1]);
                known = after;
            }
        }
        catch (RuleViolation refused)
        {
            return (refused.Reason, known.Position);
        }

        return (null, known.Position);
    }

    private SignedFrame Sign(ExchangeFrame frame, long number, ECDsa? by = null, byte[]? in_ = null)
    {
        frame.Number = number;
        return FrameSignatures.Sign(frame, in_ ?? session, AgreementSignatures.PublicKey(by ?? key).KeyId, b => TestPartner.SignBytes(by ?? key, b));
    }
}
