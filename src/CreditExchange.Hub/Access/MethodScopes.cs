using System.Collections.Frozen;

namespace CreditExchange.Hub.Access;

/// <summary>
/// The scope that each method needs: one table, so that a method without a row is refused, and a test can walk all
/// methods. Lists and matters are checked by the services, which know them.
/// </summary>
public static class MethodScopes
{
    /// <summary>Open to everybody.</summary>
    public const string Open = "*";

    /// <summary>Any valid token.</summary>
    public const string AnyToken = "";

    private static readonly FrozenDictionary<string, string> Table = new Dictionary<string, string>
    {
        ["/creditexchange.v1.RegistryService/PublishListing"] = "listing.publish",
        ["/creditexchange.v1.RegistryService/AmendListing"] = "listing.publish",
        ["/creditexchange.v1.RegistryService/SuspendListing"] = "listing.publish",
        ["/creditexchange.v1.RegistryService/ReinstateListing"] = "listing.publish",
        ["/creditexchange.v1.RegistryService/WithdrawListing"] = "listing.publish",
        ["/creditexchange.v1.RegistryService/EndListing"] = "listing.publish",
        ["/creditexchange.v1.RegistryService/ImportListings"] = "listing.publish",
        ["/creditexchange.v1.RegistryService/GetListing"] = "listing.read",
        ["/creditexchange.v1.RegistryService/ListListings"] = "listing.read",
        ["/creditexchange.v1.RegistryService/LinkSubjects"] = "subject.link",
        ["/creditexchange.v1.RegistryService/UnlinkSubjects"] = "subject.link",
        ["/creditexchange.v1.LookupService/CheckSubject"] = "check",
        ["/creditexchange.v1.LookupService/BatchCheckSubjects"] = "check",
        ["/creditexchange.v1.LookupService/StreamChecks"] = "check",
        ["/creditexchange.v1.ListUpdateService/WatchUpdates"] = "watch",
        ["/creditexchange.v1.ListUpdateService/ReadSnapshot"] = "snapshot",
        ["/creditexchange.v1.ListUpdateService/DescribeStream"] = "watch",
        ["/creditexchange.v1.ListUpdateService/GetContentKeys"] = "watch",
        ["/creditexchange.v1.ListUpdateService/AcknowledgeUpdates"] = "watch",
        ["/creditexchange.v1.ListUpdateService/ListConsumers"] = "watch",
        ["/creditexchange.v1.CatalogueService/ListListKinds"] = AnyToken,
        ["/creditexchange.v1.CatalogueService/ListMeasures"] = AnyToken,
        ["/creditexchange.v1.CatalogueService/ListMatters"] = AnyToken,
        ["/creditexchange.v1.CatalogueService/GetCatalogue"] = AnyToken,
        ["/creditexchange.v1.CatalogueService/GetFieldMask"] = AnyToken,
        ["/creditexchange.v1.CatalogueService/ActivateCatalogue"] = "system",
        ["/creditexchange.v1.AgencyService/GetAgency"] = "security",
        ["/creditexchange.v1.AgencyService/ListAgencies"] = "security",
        ["/creditexchange.v1.AgencyService/PutAgency"] = "security",
        ["/creditexchange.v1.AgencyService/RevokeAgency"] = "security",
        ["/creditexchange.v1.TokenService/IssueToken"] = "security",
        ["/creditexchange.v1.TokenService/RevokeToken"] = "security",
        ["/creditexchange.v1.KeyService/GetKeyStatus"] = "security",
        ["/creditexchange.v1.KeyService/RotateWrappingKey"] = "security",
        ["/creditexchange.v1.KeyService/RotateSubjectKey"] = "security",
        ["/creditexchange.v1.KeyService/RotateTokenSigningKey"] = "security",
        ["/creditexchange.v1.MaintenanceService/PlaceHold"] = "listing.erase",
        ["/creditexchange.v1.MaintenanceService/LiftHold"] = "listing.erase",
        ["/creditexchange.v1.MaintenanceService/EraseListing"] = "listing.erase",
        ["/creditexchange.v1.MaintenanceService/VerifyLedger"] = "system",
        ["/creditexchange.v1.MaintenanceService/BackupLedger"] = "system",
        ["/creditexchange.v1.AccessLogService/ReadAccessLog"] = "audit",
        ["/creditexchange.v1.RecognitionService/DescribeParty"] = AnyToken,
        ["/creditexchange.v1.RecognitionService/ProposeAgreement"] = "system",
        ["/creditexchange.v1.RecognitionService/CountersignAgreement"] = "system",
        ["/creditexchange.v1.RecognitionService/SuspendAgreement"] = "system",
        ["/creditexchange.v1.RecognitionService/ResumeAgreement"] = "system",
        ["/creditexchange.v1.RecognitionService/EndAgreement"] = "system",
        ["/creditexchange.v1.RecognitionService/GetAgreement"] = "system",
        ["/creditexchange.v1.RecognitionService/ListAgreements"] = "system",
        ["/creditexchange.v1.RecognitionService/FlagListing"] = "listing.publish",
        ["/creditexchange.v1.RecognitionService/UnflagListing"] = "listing.publish",
        ["/creditexchange.v1.RecognitionService/Exchange"] = "exchange",
        ["/creditexchange.v1.RecognitionService/ListPartners"] = "system",
        ["/creditexchange.v1.RecognitionService/AdmitEpoch"] = "system",
        ["/creditexchange.v1.RecognitionService/RotatePartnerKey"] = "system",
        ["/creditexchange.v1.NodeService/ReadNodeState"] = "node",
        ["/creditexchange.v1.NodeService/ReadSubjectDetails"] = "node",
        ["/grpc.health.v1.Health/Check"] = Open,
        ["/grpc.health.v1.Health/Watch"] = Open,
        ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"] = Open,
        ["/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"] = Open,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All methods with a row.</summary>
    public static IEnumerable<string> Methods => Table.Keys;

    /// <summary>The scope of a method; any valid token for one without a row, which then answers UNIMPLEMENTED.</summary>
    public static string Of(string path) => Table.GetValueOrDefault(path, AnyToken);
}
