using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.FirstStart;
using CreditExchange.Hub.Hosting;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Service = CreditExchange.V1.KeyService;

namespace CreditExchange.Hub.Keys;

/// <summary>Status and rotation of the hub's keys: see key_service.proto.</summary>
public sealed class KeyService(
    ILedger ledger, RequestKeys keys, KeyWork work, SigningKey signing, KeySource source, HubOptions options,
    IHostEnvironment environment, ILogger<KeyService> logger) : Service.KeyServiceBase, IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);

    /// <inheritdoc/>
    public override Task<GetKeyStatusResponse> GetKeyStatus(GetKeyStatusRequest request, ServerCallContext context)
    {
        var all = ledger.KeyBook.Status(context.CancellationToken).Concat(signing.Status())
            .OrderBy(key => key.Purpose).ThenBy(key => key.State == KeyState.Retired ? 0 : 1).ThenBy(key => key.Since);
        return Task.FromResult(new GetKeyStatusResponse { Keys = { all.Select(ToMessage) }, LedgerId = ledger.LedgerId });
    }

    /// <inheritdoc/>
    public override async Task<RotateWrappingKeyResponse> RotateWrappingKey(RotateWrappingKeyRequest request, ServerCallContext context) => new()
    {
        Rotation = await StartAsync(KeyPurpose.Wrapping, nameof(RotateWrappingKey), request.RequestId, request.Reason, request, context, asked =>
        {
            // A key in a variable can't change while the process runs; Development makes its own.
            var given = options.Keys.WrappingKeyFile.Length > 0 ? HubConfiguration.WrappingKeys(options) : null;
            return Task.FromResult(ledger.KeyBook.BeginWrapping(asked, given));
        }),
    };

    /// <inheritdoc/>
    public override async Task<RotateSubjectKeyResponse> RotateSubjectKey(RotateSubjectKeyRequest request, ServerCallContext context) => new()
    {
        Rotation = await StartAsync(KeyPurpose.Subject, nameof(RotateSubjectKey), request.RequestId, request.Reason, request, context, asked =>
            Task.FromResult(ledger.KeyBook.StageSubject(asked).ToString(System.Globalization.CultureInfo.InvariantCulture))),
    };

    /// <inheritdoc/>
    public override async Task<RotateTokenSigningKeyResponse> RotateTokenSigningKey(
        RotateTokenSigningKeyRequest request, ServerCallContext context) => new()
        {
            Rotation = await StartAsync(
                KeyPurpose.TokenSigning, nameof(RotateTokenSigningKey), request.RequestId, request.Reason, request, context, TakeNextAsync),
        };

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private async Task<string> TakeNextAsync(RotationRequest asked)
    {
        if (signing.Issuer is null)
        {
            throw new RuleViolation(ErrorReason.NoSigningKey);
        }

        var id = signing.Prepare();
        Traps.Reach("token.after-prepare");
        // From here on it is carried through, by the next start if need be; so the caller's going away must not stop it.
        ledger.KeyBook.Record(asked, KeyPurpose.TokenSigning, id);
        Traps.Reach("token.after-record");
        await signing.TakeAsync(source, CancellationToken.None);
        Traps.Reach("token.after-taken");
        if (environment.IsDevelopment())
        {
            DemonstrationTokens.Write(options.Data, signing.Issuer, options.Kafka.IsUsed);
        }

        return id;
    }

    private async Task<KeyRotation> StartAsync(
        KeyPurpose purpose, string method, string requestId, string reason, IMessage request, ServerCallContext context,
        Func<RotationRequest, Task<string>> start)
    {
        RequestFields.CheckRequestId(requestId);
        RequestFields.CheckReason(reason);
        var actor = context.Caller().AgencyId;
        var asked = new RotationRequest(keys.Request(actor, method, requestId), keys.Content(request), actor, reason);
        await gate.WaitAsync(context.CancellationToken);
        try
        {
            if (ledger.KeyBook.Find(asked.Key) is null)
            {
                KeyWorkLog.Started(logger, purpose, await start(asked), actor);
                work.Wake();
            }
        }
        catch (RotationRefusedException refused)
        {
            throw new RuleViolation(refused.Reason, "", ("purpose", NameOf(purpose)), ("cause", refused.Message));
        }
        catch (ConfigurationException faulty)
        {
            throw new RuleViolation(ErrorReason.KeyUnusable, "", ("purpose", NameOf(purpose)), ("cause", string.Join(' ', faulty.Faults)));
        }
        finally
        {
            gate.Release();
        }

        var started = ledger.KeyBook.Find(asked.Key)!;
        return started.Content == asked.Content
            ? new KeyRotation { Purpose = started.Purpose, KeyId = started.Id, StartedAt = Timestamp.FromDateTimeOffset(started.StartedAt) }
            : throw new RuleViolation(ErrorReason.RequestIdReused, "request_id");
    }

    private static string NameOf(KeyPurpose purpose) => purpose switch
    {
        KeyPurpose.Wrapping => "wrapping",
        KeyPurpose.Subject => "subject",
        _ => "token",
    };

    private static HubKey ToMessage(KeyRecord key) => new()
    {
        Purpose = key.Purpose,
        KeyId = key.Id,
        State = key.State,
        Since = Timestamp.FromDateTimeOffset(key.Since),
        Until = key.Until is { } until ? Timestamp.FromDateTimeOffset(until) : null,
        Rows = key.Rows,
    };
}
