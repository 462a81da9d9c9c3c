using System.Text.Json;
using CreditExchange.Client.Streams.Following;
using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using Google.Protobuf;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Streaming.Inbound;

/// <summary>
/// Follows one partner's stream: what can't be understood or is refused goes to the dead letters and stops nothing; what shows that the stream
/// isn't whole (a gap, another digest, a foreign ledger, a bad signature) stops this partner's stream, and no other, until somebody looks.
/// </summary>
public sealed class InboundStream(
    InboundOptions partner, KafkaOptions kafka, IPartnerEvents events, ILedger ledger, InboundStatus status, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Works until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (StreamFaultException fault)
            {
                InboundLog.Faulted(logger, partner.Partner, fault.Message);
                status.Faulted(fault.Fault.ToString());
            }
#pragma warning disable CA1031 // Whatever went wrong with one partner is told, and tried again; others go on.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                InboundLog.Interrupted(logger, partner.Partner, $"{fault.GetType().Name}: {fault.Message}");
            }

            await Task.Delay(Pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        var settings = partner.Settings.Count > 0 ? partner.Settings : kafka.Settings;
        var brokers = partner.BootstrapServers.Length > 0 ? partner.BootstrapServers : kafka.BootstrapServers;
        using var letters = new DeadLetters(brokers, settings, partner.DeadLetters, Tell, time);
        var consumer = new StreamConsumer(
            new StreamConsumerOptions
            {
                BootstrapServers = brokers,
                Settings = settings,
                EventsTopic = partner.EventsTopic,
                LedgerId = partner.LedgerId,
                CheckpointKeys = partner.Keys(),
                ClientId = "creditexchange-inbound",
            },
            new Handler(partner, events, status, letters, Tell), new InboundProgress(ledger.Progress, partner.Partner), contentKeys: null, time);
        status.Follows(() => (consumer.Position, consumer.VerifiedThrough));
        await consumer.RunAsync(cancellation);
    }

    private void Tell(string what) => InboundLog.Interrupted(logger, partner.Partner, what);

    private sealed class Handler(
        InboundOptions partner, IPartnerEvents events, InboundStatus status, DeadLetters letters, Action<string> tell) : IStreamHandler
    {
        public async ValueTask ApplyAsync(StreamEvent told, CancellationToken cancellation)
        {
            var reason = await events.TakeAsync(partner.Partner, told, cancellation);
            if (reason.Length == 0)
            {
                status.Taken();
                return;
            }

            await letters.PutAsync(
                partner.EventsTopic, told.Partition, told.Offset, told.Key.ToArray(), told.Event.ToByteArray(), [], reason, cancellation);
            status.Refused();
        }

        public async ValueTask PoisonAsync(StreamRecord record, PoisonReason reason, CancellationToken cancellation)
        {
            await letters.PutAsync(
                record.Topic, record.Partition, record.Offset, record.Key, record.Value, record.Headers, $"POISON_{JsonNamingPolicy.SnakeCaseUpper.ConvertName(reason.ToString())}", cancellation);
            status.Refused();
        }

        public void Interrupted(string what) => tell(what);
    }
}
