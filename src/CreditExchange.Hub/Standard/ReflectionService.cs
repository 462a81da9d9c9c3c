using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using Alpha = Grpc.Reflection.V1Alpha;

namespace CreditExchange.Hub.Standard;

/// <summary>Finds the proto files behind services, messages and enums.</summary>
public sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> files = [];
    private readonly Dictionary<string, FileDescriptor> symbols = [];

    /// <summary>Indexes files and all they import.</summary>
    public DescriptorIndex(IReadOnlyCollection<FileDescriptor> roots)
    {
        Services = [.. roots.SelectMany(f => f.Services).Select(s => s.FullName).Order(StringComparer.Ordinal)];
        foreach (var root in roots)
        {
            Add(root);
        }
    }

    /// <summary>The names of the services in the root files.</summary>
    public IReadOnlyList<string> Services { get; }

    /// <summary>The file with a name, followed by its imports; null when there is none.</summary>
    public IEnumerable<ByteString>? FindFile(string name) => Serialize(files.GetValueOrDefault(name));

    /// <summary>The file that declares a symbol, followed by its imports; null when there is none.</summary>
    public IEnumerable<ByteString>? FindSymbol(string name) => Serialize(symbols.GetValueOrDefault(name));

    private static IEnumerable<ByteString>? Serialize(FileDescriptor? file)
    {
        var seen = new HashSet<FileDescriptor>();
        return file is null ? null : WithImports(file).Select(f => f.SerializedData);

        IEnumerable<FileDescriptor> WithImports(FileDescriptor f) =>
            seen.Add(f) ? [f, .. f.Dependencies.SelectMany(WithImports)] : [];
    }

    private void Add(FileDescriptor file)
    {
        if (!files.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var service in file.Services)
        {
            symbols[service.FullName] = file;
            foreach (var method in service.Methods)
            {
                symbols[method.FullName] = file;
            }
        }

        foreach (var type in file.EnumTypes)
        {
            symbols[type.FullName] = file;
        }

        foreach (var type in file.MessageTypes)
        {
            Add(type, file);
        }

        foreach (var import in file.Dependencies)
        {
            Add(import);
        }
    }

    private void Add(MessageDescriptor message, FileDescriptor file)
    {
        symbols[message.FullName] = file;
        foreach (var type in message.EnumTypes)
        {
            symbols[type.FullName] = file;
        }

        foreach (var type in message.NestedTypes)
        {
            Add(type, file);
        }
    }
}

/// <summary>Server reflection, grpc.reflection.v1.</summary>
public sealed class ReflectionService(DescriptorIndex index, IHostApplicationLifetime life) : ServerReflection.ServerReflectionBase
{
    /// <inheritdoc/>
    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream,
        IServerStreamWriter<ServerReflectionResponse> responseStream,
        ServerCallContext context)
    {
        await foreach (var request in Requests.UntilStopAsync(requestStream, life, context))
        {
            await responseStream.WriteAsync(Answer(request));
        }
    }

    internal ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse
                {
                    Service = { index.Services.Select(name => new ServiceResponse { Name = name }) },
                };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                Files(index.FindFile(request.FileByFilename), request.FileByFilename);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                Files(index.FindSymbol(request.FileContainingSymbol), request.FileContainingSymbol);
                break;
            default:
                Error(StatusCode.Unimplemented, $"{request.MessageRequestCase} is not supported.");
                break;
        }

        return response;

        void Files(IEnumerable<ByteString>? files, string name)
        {
            if (files is null)
            {
                Error(StatusCode.NotFound, $"Nothing is called \"{name}\".");
            }
            else
            {
                response.FileDescriptorResponse = new FileDescriptorResponse { FileDescriptorProto = { files } };
            }
        }

        void Error(StatusCode code, string message) =>
            response.ErrorResponse = new ErrorResponse { ErrorCode = (int)code, ErrorMessage = message };
    }
}

/// <summary>Server reflection for older clients, grpc.reflection.v1alpha: the same messages under another name.</summary>
public sealed class ReflectionV1AlphaService(DescriptorIndex index, IHostApplicationLifetime life) : Alpha.ServerReflection.ServerReflectionBase
{
    private readonly ReflectionService service = new(index, life);

    /// <inheritdoc/>
    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<Alpha.ServerReflectionRequest> requestStream,
        IServerStreamWriter<Alpha.ServerReflectionResponse> responseStream,
        ServerCallContext context)
    {
        await foreach (var request in Requests.UntilStopAsync(requestStream, life, context))
        {
            var answer = service.Answer(ServerReflectionRequest.Parser.ParseFrom(request.ToByteArray()));
            await responseStream.WriteAsync(Alpha.ServerReflectionResponse.Parser.ParseFrom(answer.ToByteArray()));
        }
    }
}

/// <summary>Reads an open stream's requests; a stopping hub doesn't wait for the next one.</summary>
internal static class Requests
{
    /// <summary>The requests until the caller completes.</summary>
    /// <exception cref="RuleViolation">SHUTTING_DOWN.</exception>
    public static async IAsyncEnumerable<T> UntilStopAsync<T>(
        IAsyncStreamReader<T> stream, IHostApplicationLifetime life, ServerCallContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, life.ApplicationStopping);
        while (await MoveNextAsync())
        {
            yield return stream.Current;
        }

        async Task<bool> MoveNextAsync()
        {
            try
            {
                return await stream.MoveNext(either.Token);
            }
            catch (OperationCanceledException) when (life.ApplicationStopping.IsCancellationRequested)
            {
                throw new RuleViolation(ErrorReason.ShuttingDown);
            }
        }
    }
}
