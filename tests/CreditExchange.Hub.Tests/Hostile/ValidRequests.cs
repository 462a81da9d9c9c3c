using CreditExchange.Hub.Tests.Edge;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Tests.Hostile;

/// <summary>A message of each method that is well formed, and an agency that may send it.</summary>
internal static class ValidRequests
{
    public static (string Agency, IMessage Message) Of(string method, SubjectId subject, Listing listing) => method switch
    {
        "PublishListing" => ("hainan-high-court", new PublishListingRequest { RequestId = "h-1", Listing = listing }),
        "AmendListing" => ("hainan-high-court", new AmendListingRequest
        {
            RequestId = "h-2",
            ListingId = "x-1",
            ExpectedRevision = 1,
            Reason = "更正",
            Listing = listing,
            UpdateMask = new FieldMask { Paths = { "subject_name", "document.number" } },
        }),
        "SuspendListing" => ("hainan-high-court", new SuspendListingRequest
        {
            RequestId = "h-3",
            ListCode = listing.ListCode,
            SourceRef = listing.SourceRef,
            Subject = subject,
            ExpectedRevision = 1,
            Reason = "中止",
        }),
        "ReinstateListing" => ("hainan-high-court", new ReinstateListingRequest
        {
            RequestId = "h-4",
            ListCode = listing.ListCode,
            SourceRef = listing.SourceRef,
            Subject = subject,
            ExpectedRevision = 1,
            Reason = "恢复",
        }),
        "WithdrawListing" => ("hainan-high-court", new WithdrawListingRequest
        {
            RequestId = "h-5",
            ListingId = "x-1",
            ExpectedRevision = 1,
            Reason = "有误",
            Document = listing.Document,
        }),
        "EndListing" => ("hainan-high-court", new EndListingRequest
        {
            RequestId = "h-6",
            ListingId = "x-1",
            ExpectedRevision = 1,
            Reason = "履行",
            Ground = EndGround.DutyDone,
            EndedOn = "2026-01-05",
        }),
        "ImportListings" => ("hainan-high-court", new ImportListingsRequest { RequestId = "h-7", Listing = listing }),
        "GetListing" => ("hainan-high-court", new GetListingRequest { ListCode = listing.ListCode, SourceRef = listing.SourceRef, Subject = subject }),
        "ListListings" => ("hainan-high-court", new ListListingsRequest
        {
            ListCode = listing.ListCode,
            States = { ListingState.Active },
            PageSize = 5,
            PageToken = "",
        }),
        "LinkSubjects" => ("hainan-market-regulation", new LinkSubjectsRequest
        {
            RequestId = "h-8",
            Reason = "换证",
            Link = new SubjectLink { From = subject, To = TestListings.Company(77_777), Relation = SubjectRelation.Recoded, Authority = "甲", Document = "乙" },
        }),
        "UnlinkSubjects" => ("hainan-market-regulation", new UnlinkSubjectsRequest { RequestId = "h-9", LinkId = "x-9", Reason = "有误" }),
        "CheckSubject" => ("hainan-approval", Check(subject)),
        "BatchCheckSubjects" => ("hainan-approval", new BatchCheckSubjectsRequest
        {
            RequestId = "h-10",
            Matter = "approval.notification-commitment",
            Purpose = "p-1",
            Subjects = { subject, subject },
            MaxStaleness = Duration.FromTimeSpan(TimeSpan.FromSeconds(3)),
        }),
        "StreamChecks" => ("hainan-approval", new StreamChecksRequest { CorrelationId = "1", Check = Check(subject) }),
        "WatchUpdates" => ("operator", new WatchUpdatesRequest { FromPosition = 1, ListCodes = { listing.ListCode }, Regions = { "46" } }),
        "ReadSnapshot" => ("operator", new ReadSnapshotRequest { ListCodes = { listing.ListCode }, SnapshotId = "x@3", ResumeToken = "3-1" }),
        "DescribeStream" => ("operator", new DescribeStreamRequest { Audience = "platform" }),
        "GetContentKeys" => ("operator", new GetContentKeysRequest { Audience = "platform", ListingIds = { "x-1" } }),
        "AcknowledgeUpdates" => ("operator", new AcknowledgeUpdatesRequest
        {
            Consumer = "h-21",
            LedgerId = "abcdef.1",
            Position = 1,
            Refused = { new RefusedUpdate { Position = 1, Reason = "LIST_UNKNOWN" } },
        }),
        "ListConsumers" => ("operator", new ListConsumersRequest()),
        "ListListKinds" => ("operator", new ListListKindsRequest { AsOf = "2026-01-01" }),
        "ListMeasures" => ("operator", new ListMeasuresRequest { AsOf = "2026-01-01" }),
        "ListMatters" => ("operator", new ListMattersRequest { AsOf = "2026-01-01" }),
        "GetCatalogue" => ("operator", new GetCatalogueRequest()),
        "GetFieldMask" => ("operator", new GetFieldMaskRequest { ListCode = listing.ListCode }),
        "ActivateCatalogue" => ("operator", new ActivateCatalogueRequest
        {
            RequestId = "h-11",
            ValidateOnly = true,
            Catalogue = Domain.Catalogues.CatalogueFiles.Shipped(),
        }),
        "GetAgency" => ("security", new GetAgencyRequest { AgencyId = "operator" }),
        "ListAgencies" => ("security", new ListAgenciesRequest()),
        "PutAgency" => ("security", new PutAgencyRequest
        {
            RequestId = "h-12",
            Reason = "r",
            Agency = new Agency
            {
                AgencyId = "another",
                Name = new LocalizedText { Zh = "甲", En = "A" },
                Region = "440000",
                Kind = AgencyKind.PartnerHub,
                Rights = new Rights { Scopes = { "watch" }, Recipient = RecipientKind.Partner },
            },
        }),
        "RevokeAgency" => ("security", new RevokeAgencyRequest { RequestId = "h-13", AgencyId = "no-such-agency", Reason = "r" }),
        "IssueToken" => ("security", new IssueTokenRequest { AgencyId = "operator", Scopes = { "watch" }, LifetimeSeconds = 60 }),
        "RevokeToken" => ("security", new RevokeTokenRequest { RequestId = "h-20", Jti = "0123456789abcdef", Reason = "r" }),
        "GetKeyStatus" => ("security", new GetKeyStatusRequest()),
        "RotateWrappingKey" => ("security", new RotateWrappingKeyRequest { RequestId = "h-14", Reason = "r" }),
        "RotateSubjectKey" => ("security", new RotateSubjectKeyRequest { RequestId = "h-15", Reason = "r" }),
        "RotateTokenSigningKey" => ("security", new RotateTokenSigningKeyRequest { RequestId = "h-16", Reason = "r" }),
        "PlaceHold" => ("hainan-high-court", new PlaceHoldRequest { RequestId = "m-14", ListingId = "x-1", Reason = "r", Authority = "甲", Document = "乙" }),
        "LiftHold" => ("hainan-high-court", new LiftHoldRequest { RequestId = "m-15", ListingId = "x-1", Reason = "r", Authority = "甲", Document = "乙" }),
        "EraseListing" => ("hainan-high-court", new EraseListingRequest { RequestId = "m-16", ListingId = "x-1", ExpectedRevision = 2, Reason = "r" }),
        "VerifyLedger" => ("operator", new VerifyLedgerRequest()),
        "BackupLedger" => ("operator", new BackupLedgerRequest { Name = "h-17" }),
        "ReadAccessLog" => ("auditor", new ReadAccessLogRequest { AgencyId = "operator", Subject = subject, CheckId = "n1-00000001-00000080" }),
        "DescribeParty" => ("operator", new DescribePartyRequest()),
        "ProposeAgreement" => ("operator", new ProposeAgreementRequest
        {
            RequestId = "h-22",
            Terms = Domain.Recognition.DemonstrationAgreements.Terms(Domain.Recognition.DemonstrationAgreements.Ids[1]),
        }),
        "CountersignAgreement" => ("operator", new CountersignAgreementRequest
        {
            RequestId = "h-23",
            Signed = new SignedAgreement
            {
                Terms = Domain.Recognition.DemonstrationAgreements.Terms(Domain.Recognition.DemonstrationAgreements.Ids[1]).ToByteString(),
                Signatures = { new AgreementSignature { Region = "440000", KeyId = "0123456789abcdef", Suite = SignatureSuite.Es256, Signature = ByteString.CopyFrom(new byte[64]) } },
            },
        }),
        "SuspendAgreement" => ("operator", new SuspendAgreementRequest { RequestId = "h-24", AgreementId = "GD-HI-NONE", Reason = "r", Document = listing.Document }),
        "ResumeAgreement" => ("operator", new ResumeAgreementRequest { RequestId = "h-25", AgreementId = "GD-HI-NONE", Reason = "r", Document = listing.Document }),
        "EndAgreement" => ("operator", new EndAgreementRequest { RequestId = "h-26", AgreementId = "GD-HI-NONE", Reason = "r", Document = listing.Document }),
        "GetAgreement" => ("operator", new GetAgreementRequest { AgreementId = "GD-HI-NONE" }),
        "ListAgreements" => ("operator", new ListAgreementsRequest()),
        "FlagListing" => ("hainan-high-court", new FlagListingRequest
        {
            RequestId = "h-27",
            ListingId = "x-1",
            Reason = "r",
            Document = listing.Document,
            Until = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(1)),
        }),
        "UnflagListing" => ("hainan-high-court", new UnflagListingRequest { RequestId = "h-28", ListingId = "x-1", Reason = "r" }),
        "Exchange" => ("guangdong-hub", new ExchangeRequest { Frame = new SignedFrame { Frame = new ExchangeFrame { Hello = new ExchangeHello { Region = "440000" } }.ToByteString() } }),
        "ListPartners" => ("operator", new ListPartnersRequest()),
        "AdmitEpoch" => ("operator", new AdmitEpochRequest { RequestId = "h-29", Region = "440000", LedgerId = "7f3a9c.2", Reason = "r" }),
        "RotatePartnerKey" => ("operator", new RotatePartnerKeyRequest { RequestId = "h-30", Region = "440000", Reason = "r" }),
        "ReadNodeState" => (EdgeNodes.Agency, new ReadNodeStateRequest()),
        "ReadSubjectDetails" => (EdgeNodes.Agency, new ReadSubjectDetailsRequest { SubjectKeys = Google.Protobuf.ByteString.CopyFrom(new byte[34]), WithLinks = true }),
        _ => throw new ArgumentException($"{method} has no message here: add one."),
    };

    private static CheckSubjectRequest Check(SubjectId subject) => new()
    {
        Subject = subject,
        Matter = "approval.notification-commitment",
        Purpose = "p-1",
        MinPosition = 1,
        SubjectName = "甲",
        MaxStaleness = Duration.FromTimeSpan(TimeSpan.FromSeconds(3)),
        RequestId = "h",
    };
}
