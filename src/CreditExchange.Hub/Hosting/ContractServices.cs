using CreditExchange.Hub.Standard;
using CreditExchange.V1;
using Google.Protobuf.Reflection;

namespace CreditExchange.Hub.Hosting;

/// <summary>The services of the contract, for health and reflection.</summary>
public static class ContractServices
{
    private static readonly FileDescriptor[] Files =
    [
        RegistryServiceReflection.Descriptor,
        LookupServiceReflection.Descriptor,
        UpdateServiceReflection.Descriptor,
        CatalogueServiceReflection.Descriptor,
        AgencyServiceReflection.Descriptor,
        KeyServiceReflection.Descriptor,
        MaintenanceServiceReflection.Descriptor,
        AccessLogServiceReflection.Descriptor,
        RecognitionServiceReflection.Descriptor,
        NodeServiceReflection.Descriptor,
    ];

    /// <summary>Their full names.</summary>
    public static IEnumerable<string> Names => Files.SelectMany(f => f.Services).Select(s => s.FullName);

    /// <summary>Their descriptors, with the standard services'.</summary>
    public static DescriptorIndex Index() => new(
        [.. Files, Grpc.Health.V1.HealthReflection.Descriptor, Grpc.Reflection.V1.ReflectionReflection.Descriptor]);
}
