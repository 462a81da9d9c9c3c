using CreditExchange.V1;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace CreditExchange.TestKit;

/// <summary>Every method of the contract, found by its descriptors and called with bytes.</summary>
public static class ContractMethods
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create<byte[]>(b => b, b => b);

    /// <summary>All methods of creditexchange.v1.</summary>
    public static IReadOnlyList<MethodDescriptor> All { get; } =
    [
        .. new[]
        {
            RegistryServiceReflection.Descriptor, LookupServiceReflection.Descriptor, UpdateServiceReflection.Descriptor,
            CatalogueServiceReflection.Descriptor, AgencyServiceReflection.Descriptor,
            KeyServiceReflection.Descriptor,
            RecognitionServiceReflection.Descriptor,
            MaintenanceServiceReflection.Descriptor,
            AccessLogServiceReflection.Descriptor,
            NodeServiceReflection.Descriptor,
        }.SelectMany(f => f.Services).SelectMany(s => s.Methods),
    ];

    /// <summary>"/package.Service/Method".</summary>
    public static string PathOf(MethodDescriptor method) => $"/{method.Service.FullName}/{method.Name}";

    /// <summary>Sends one message of bytes and gives the first answer's bytes; null when a stream ends without one.</summary>
    /// <exception cref="RpcException">The call was refused.</exception>
    public static async Task<byte[]?> CallAsync(CallInvoker invoker, MethodDescriptor method, byte[] message, Metadata? headers = null)
    {
        var raw = new Method<byte[], byte[]>(TypeOf(method), method.Service.FullName, method.Name, Bytes, Bytes);
        var options = new CallOptions(headers);
        switch (raw.Type)
        {
            case MethodType.Unary:
                return await invoker.AsyncUnaryCall(raw, null, options, message);
            case MethodType.ServerStreaming:
                using (var call = invoker.AsyncServerStreamingCall(raw, null, options, message))
                {
                    return await call.ResponseStream.MoveNext(CancellationToken.None) ? call.ResponseStream.Current : null;
                }

            default:
                using (var call = invoker.AsyncDuplexStreamingCall(raw, null, options))
                {
                    try
                    {
                        await call.RequestStream.WriteAsync(message);
                        await call.RequestStream.CompleteAsync();
                    }
                    catch (RpcException)
                    {
                        // Refused before the message was out; the answer says why.
                    }

                    return await call.ResponseStream.MoveNext(CancellationToken.None) ? call.ResponseStream.Current : null;
                }
        }
    }

    private static MethodType TypeOf(MethodDescriptor method) => (method.IsClientStreaming, method.IsServerStreaming) switch
    {
        (false, false) => MethodType.Unary,
        (false, true) => MethodType.ServerStreaming,
        (true, false) => MethodType.ClientStreaming,
        _ => MethodType.DuplexStreaming,
    };
}
