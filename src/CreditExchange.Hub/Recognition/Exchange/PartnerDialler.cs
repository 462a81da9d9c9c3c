using CreditExchange.Client;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>Calls the partners that the configuration names, again and again, while an agreement stands and no session does.</summary>
public sealed class PartnerDialler(
    RecognitionOptions options, SessionParts parts, ExchangeSession sessions, RequestNames names, ILogger<PartnerDialler> logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(options.Partners.Select(p => Task.Run(() => DialAsync(p, stoppingToken), CancellationToken.None)));

    private async Task DialAsync(PartnerOptions partner, CancellationToken stopping)
    {
        using var channel = GrpcChannel.ForAddress(partner.Address, new GrpcChannelOptions
        {
            MaxReceiveMessageSize = Domain.Recognition.Exchange.FrameSignatures.LargestFrame + 65_536,
            MaxSendMessageSize = Domain.Recognition.Exchange.FrameSignatures.LargestFrame + 65_536,
            HttpHandler = new SocketsHttpHandler
            {
                KeepAlivePingDelay = TimeSpan.FromSeconds(5),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
                ConnectTimeout = TimeSpan.FromSeconds(5),
            },
        });
        var client = new V1.RecognitionService.RecognitionServiceClient(channel);
        var pause = FirstPause;
        var isTold = false;
        while (!stopping.IsCancellationRequested)
        {
            var began = parts.Time.GetTimestamp();
            var cause = "";
            var isGood = true;
            try
            {
                if (!parts.Partners.Of(partner.Region).IsConnected && parts.Partners.TermsOf(partner.Region) is { } terms)
                {
                    using var call = client.Exchange(
                        new Metadata { { "authorization", $"Bearer {File.ReadAllText(partner.TokenFile).Trim()}" } }, cancellationToken: stopping);
                    var trace = new CallTrace(names.Next("").RequestId, $"Exchange/{partner.Region}") { AgencyId = terms.HubId };
                    isGood = await sessions.RunAsync(terms, new ClientPipe(call), isDialler: true, trace, stopping);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (RuleViolation)
            {
                // Noted where it was found.
                isGood = false;
            }
            catch (RpcException error)
            {
                cause = NoteStatus(partner.Region, error);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or LedgerUnavailableException or OperationCanceledException)
            {
                cause = error.Message;
            }
#pragma warning disable CA1031 // A fault here must not end what the hub is for; it is told, and tried again.
            catch (Exception error)
#pragma warning restore CA1031
            {
                ExchangeLog.Failed(logger, partner.Region, error);
                isGood = false;
            }

            if (cause.Length > 0 && !isTold)
            {
                ExchangeLog.Unreachable(logger, partner.Region, cause);
            }

            isTold = cause.Length > 0;
            pause = (isGood && !isTold) || parts.Time.GetElapsedTime(began) > LongestPause ? FirstPause
                : pause * 2 < LongestPause ? pause * 2 : LongestPause;
            try
            {
                await Task.Delay(pause, parts.Time, stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    // The partner refused before its hello.
    private string NoteStatus(string region, RpcException error)
    {
        var reason = HubError.From(error)?.Reason is { Length: > 0 } name && ReasonOf(name) is { } known ? known : ErrorReason.Unspecified;
        if (reason is ErrorReason.Unspecified or ErrorReason.ExchangeBusy)
        {
            return $"{error.StatusCode}";
        }

        parts.Partners.Of(region).Note(new Fault(reason, "", parts.Time.GetUtcNow(), IsTheirs: true));
        return $"{error.StatusCode} {reason}";
    }

    private static ErrorReason? ReasonOf(string name) =>
        ErrorReasonReflection.Descriptor.FindTypeByName<Google.Protobuf.Reflection.EnumDescriptor>("ErrorReason").FindValueByName($"ERROR_REASON_{name}") is { } value
            ? (ErrorReason)value.Number
            : null;
}
