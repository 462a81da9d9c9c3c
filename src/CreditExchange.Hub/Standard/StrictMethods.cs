using System.Reflection;
using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace CreditExchange.Hub.Standard;

/// <summary>
/// Finds a service's methods as the framework does, and gives each a marshaller that answers bytes which are no message
/// with INVALID_ARGUMENT MESSAGE_MALFORMED, where the framework would say UNKNOWN.
/// </summary>
internal sealed class StrictMethods<TService> : IServiceMethodProvider<TService>
    where TService : class
{
    /// <inheritdoc/>
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TService> context)
    {
        var attribute = BindAttribute(typeof(TService))
            ?? throw new InvalidOperationException($"{typeof(TService)} is no gRPC service.");
        var bind = attribute.BindType.GetMethods(BindingFlags.Static | BindingFlags.Public).Single(
            m => m.Name == attribute.BindMethodName && m.GetParameters() is [{ ParameterType: var binder }, _] && binder == typeof(ServiceBinderBase));
        bind.Invoke(null, [new Binder(context), null]);
    }

    private static BindServiceMethodAttribute? BindAttribute(Type? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>() is { } attribute)
            {
                return attribute;
            }
        }

        return null;
    }

    private sealed class Binder(ServiceMethodProviderContext<TService> context) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            context.AddUnaryMethod(Strict(method), [], Implementation<UnaryServerMethod<TService, TRequest, TResponse>>(method));

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            context.AddServerStreamingMethod(
                Strict(method), [], Implementation<ServerStreamingServerMethod<TService, TRequest, TResponse>>(method));

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
            context.AddDuplexStreamingMethod(
                Strict(method), [], Implementation<DuplexStreamingServerMethod<TService, TRequest, TResponse>>(method));

        private static TDelegate Implementation<TDelegate>(IMethod method)
            where TDelegate : Delegate =>
            typeof(TService).GetMethod(method.Name, BindingFlags.Instance | BindingFlags.Public)!.CreateDelegate<TDelegate>();

        private static Method<TRequest, TResponse> Strict<TRequest, TResponse>(Method<TRequest, TResponse> method)
        {
            var request = method.RequestMarshaller;
            return new Method<TRequest, TResponse>(
                method.Type,
                method.ServiceName,
                method.Name,
                Marshallers.Create(request.ContextualSerializer, context => Read(request.ContextualDeserializer, context)),
                method.ResponseMarshaller);
        }

        private static T Read<T>(Func<DeserializationContext, T> deserialize, DeserializationContext context)
        {
            try
            {
                return deserialize(context);
            }
            catch (InvalidProtocolBufferException)
            {
                // StatusDetails adds the reason in the caller's language, which isn't known here.
                throw new RpcException(new Status(StatusCode.InvalidArgument, "The message cannot be parsed"));
            }
        }
    }
}
