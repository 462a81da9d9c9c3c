using CreditExchange.Hub.Tests.Recognition;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>The same write many times at once has one effect, and every caller hears the same.</summary>
public sealed class RetryTests
{
    private const int AtOnce = 32;

    /// <summary>
    /// The contract's methods that write: those whose request carries a request_id, which in lookups and in the access log is
    /// for the log only. An erasure needs a clock set ahead: it is sent as often in ErasureTests. An epoch needs a partner that was restored: LyingPartnerTests.
    /// </summary>
    private static readonly string[] WritingMethods =
    [
        .. ContractMethods.All
            .Where(m => m.InputType.FindFieldByName("request_id") is not null
                && m.Service.Name is not ("LookupService" or "AccessLogService") && m.Name is not ("EraseListing" or "AdmitEpoch"))
            .Select(m => m.Name).Order(StringComparer.Ordinal),
    ];

    [Fact]
    public async Task Every_write_sent_32_times_at_once_has_one_effect_and_answers_equal_to_the_byte()
    {
        await using var hub = await HubServer.StartAsync();
        var once = new Once(hub);
        await ListingsAsync(hub.Registry(Writes.Court), new MaintenanceService.MaintenanceServiceClient(hub.As(Writes.Court)), once);
        await LinksAsync(hub.Registry("hainan-market-regulation"), once);
        await AgenciesAsync(hub, once);
        await CatalogueAsync(new CatalogueService.CatalogueServiceClient(hub.As("operator")), once);
        await ImportsAsync(hub.Registry(Writes.Court), once);
        await AgreementsAsync(hub, once);
        await KeysAsync(new KeyService.KeyServiceClient(hub.As("security")), once);
        Assert.Empty(hub.Warnings);
        Assert.Equal(WritingMethods, once.Methods);
    }

    private static async Task ListingsAsync(
        RegistryService.RegistryServiceClient registry, MaintenanceService.MaintenanceServiceClient upkeep, Once once)
    {
        var published = await once.SendAsync("PublishListing", () => registry.PublishListingAsync(Writes.Publish("p-1", 1)));
        var id = published.Listing.ListingId;
        await once.SendAsync("AmendListing", () => registry.AmendListingAsync(Writes.Amend("a-1", id, 1)));
        await once.SendAsync("SuspendListing", () => registry.SuspendListingAsync(new SuspendListingRequest
        {
            RequestId = "s-1",
            ListingId = id,
            ExpectedRevision = 2,
            Reason = "复核",
        }));
        await once.SendAsync("ReinstateListing", () => registry.ReinstateListingAsync(new ReinstateListingRequest
        {
            RequestId = "r-1",
            ListingId = id,
            ExpectedRevision = 3,
            Reason = "复核完毕",
        }));
        await once.SendAsync("EndListing", () => registry.EndListingAsync(Writes.End("e-1", id, 4)));
        await once.SendAsync("PlaceHold", () => upkeep.PlaceHoldAsync(new PlaceHoldRequest
        {
            RequestId = "h-1",
            ListingId = id,
            Reason = "诉讼",
            Authority = "测试法院",
            Document = "保全1号",
        }));
        await once.SendAsync("LiftHold", () => upkeep.LiftHoldAsync(new LiftHoldRequest
        {
            RequestId = "h-2",
            ListingId = id,
            Reason = "结案",
            Authority = "测试法院",
            Document = "解除1号",
        }));
        var wrong = await once.SendAsync("PublishListing", () => registry.PublishListingAsync(Writes.Publish("p-2", 2, person: true)));
        await once.SendAsync("WithdrawListing", () => registry.WithdrawListingAsync(new WithdrawListingRequest
        {
            RequestId = "w-1",
            ListingId = wrong.Listing.ListingId,
            ExpectedRevision = 1,
            Reason = "认定错误",
        }));
    }

    private static async Task LinksAsync(RegistryService.RegistryServiceClient registry, Once once)
    {
        var link = await once.SendAsync("LinkSubjects", () => registry.LinkSubjectsAsync(new LinkSubjectsRequest
        {
            RequestId = "l-1",
            Reason = "同一主体",
            Link = new SubjectLink
            {
                From = TestListings.Company(3),
                To = TestListings.Company(4),
                Relation = SubjectRelation.MergedInto,
                Authority = "登记机关",
                Document = "登记档案",
            },
        }));
        await once.SendAsync("UnlinkSubjects", () => registry.UnlinkSubjectsAsync(new UnlinkSubjectsRequest
        {
            RequestId = "u-1",
            LinkId = link.Link.LinkId,
            Reason = "登记有误",
        }));
    }

    private static async Task AgenciesAsync(HubServer hub, Once once)
    {
        var agencies = new AgencyService.AgencyServiceClient(hub.As("security"));
        var agency = new Agency
        {
            AgencyId = "retry-hub",
            Name = new LocalizedText { Zh = "甲", En = "A" },
            Region = "440000",
            Kind = AgencyKind.PartnerHub,
            Rights = new Rights { Scopes = { "watch" }, Recipient = RecipientKind.Partner },
        };
        var added = await once.SendAsync("PutAgency", () => agencies.PutAgencyAsync(
            new PutAgencyRequest { RequestId = "g-1", Agency = agency, Reason = "新增" }));
        await ReachAsync(hub, added.Position);
        agency.Rights.Scopes.Add("snapshot");
        var changed = await once.SendAsync("PutAgency", () => agencies.PutAgencyAsync(
            new PutAgencyRequest { RequestId = "g-2", Agency = agency, ExpectedRevision = 1, Reason = "变更" }));
        await ReachAsync(hub, changed.Position);
        var revoked = await once.SendAsync("RevokeAgency", () => agencies.RevokeAgencyAsync(
            new RevokeAgencyRequest { RequestId = "g-3", AgencyId = "retry-hub", Reason = "终止" }));
        Assert.Equal((3L, true), (revoked.Agency.Revision, revoked.Agency.Revoked));
        var tokens = new TokenService.TokenServiceClient(hub.As("security"));
        var token = new TestTokens(hub.Data).Create("hainan-tax", p => p["jti"] = "retry-1");
        await once.SendAsync("RevokeToken", () => tokens.RevokeTokenAsync(
            new RevokeTokenRequest { RequestId = "t-1", Token = token, Reason = "遗失" }));
    }

    private static async Task CatalogueAsync(CatalogueService.CatalogueServiceClient client, Once once)
    {
        var catalogue = (await client.GetCatalogueAsync(new GetCatalogueRequest())).Catalogue;
        catalogue.ListKinds[0].Name.En += " (renamed)";
        await once.SendAsync("ActivateCatalogue", () => client.ActivateCatalogueAsync(
            new ActivateCatalogueRequest { RequestId = "c-1", Catalogue = catalogue }));
    }

    private static async Task ImportsAsync(RegistryService.RegistryServiceClient registry, Once once)
    {
        var published = await once.ImportAsync(registry, new ImportListingsRequest { RequestId = "i-1", Listing = Writes.Listing("i-1", 5) });
        await once.ImportAsync(
            registry, new ImportListingsRequest { RequestId = "i-2", Amend = Writes.Amend("i-2", published.ListingId, 0) });
        await once.ImportAsync(registry, new ImportListingsRequest { RequestId = "i-3", End = Writes.End("i-3", published.ListingId, 0) });
    }

    // Last: what a rotation does goes on behind its answer.
    private static async Task AgreementsAsync(HubServer hub, Once once)
    {
        var recognition = hub.Recognition();
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var partner = new AgreementParty
        {
            Region = "440000",
            Name = new LocalizedText { Zh = "广东省", En = "Guangdong" },
            HubId = "guangdong-hub",
            LedgerId = "abcdef",
            Keys = { Domain.Recognition.AgreementSignatures.PublicKey(key) },
        };
        var terms = Domain.Recognition.DemonstrationAgreements.Terms(Provinces.GdHi, partner, await hub.PartyAsync());
        var proposed = await once.SendAsync("ProposeAgreement", () => recognition.ProposeAgreementAsync(new() { RequestId = "g-1", Terms = terms }));
        var signed = proposed.Status.Agreement.Signed.Clone();
        signed.Signatures.Add(Domain.Recognition.AgreementSignatures.Sign(signed.Terms, "440000", key));
        await once.SendAsync("CountersignAgreement", () => recognition.CountersignAgreementAsync(new() { RequestId = "g-2", Signed = signed }));
        var accepted = await hub.AcceptAsync(Provinces.Told(partner, TestListings.Company(9_001)));
        var listing = hub.Services.GetRequiredService<Hub.Registry.ListingIds>().Format(accepted.Event!.Entity);
        var court = hub.Recognition(Writes.Court);
        var until = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(1));
        var document = new DecisionDocument { Number = "一号", Authority = "甲", DecidedOn = "2026-01-05" };
        await once.SendAsync("FlagListing", () => court.FlagListingAsync(
            new() { RequestId = "g-3", ListingId = listing, Reason = "r", Document = document, Until = until }));
        await once.SendAsync("UnflagListing", () => court.UnflagListingAsync(new() { RequestId = "g-4", ListingId = listing, Reason = "r" }));
        await once.SendAsync("SuspendAgreement", () => recognition.SuspendAgreementAsync(new() { RequestId = "g-5", AgreementId = Provinces.GdHi, Reason = "r" }));
        await once.SendAsync("ResumeAgreement", () => recognition.ResumeAgreementAsync(new() { RequestId = "g-6", AgreementId = Provinces.GdHi, Reason = "r" }));
        await once.SendAsync("RotatePartnerKey", () => recognition.RotatePartnerKeyAsync(new() { RequestId = "g-8", Region = "440000", Reason = "r" }));
        await once.SendAsync("EndAgreement", () => recognition.EndAgreementAsync(new() { RequestId = "g-7", AgreementId = Provinces.GdHi, Reason = "r" }));
    }

    private static async Task KeysAsync(KeyService.KeyServiceClient keys, Once once)
    {
        await once.StartAsync("RotateWrappingKey", () => keys.RotateWrappingKeyAsync(new() { RequestId = "k-1", Reason = "retry" }));
        await once.StartAsync("RotateSubjectKey", () => keys.RotateSubjectKeyAsync(new() { RequestId = "k-2", Reason = "retry" }));
        await once.StartAsync("RotateTokenSigningKey", () => keys.RotateTokenSigningKeyAsync(new() { RequestId = "k-3", Reason = "retry" }));
    }

    // Rights are in force when the views have reached the position.
    private static async Task ReachAsync(HubServer hub, long position) =>
        await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(TestListings.Company(6), position));

    [Fact]
    public async Task The_same_request_id_with_other_content_is_refused_however_many_come_at_once()
    {
        await using var hub = await HubServer.StartAsync();
        var registry = hub.Registry(Writes.Court);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async i =>
        {
            try
            {
                var request = Writes.Publish("one-id", 1);
                request.Listing.SourceRef = $"ref-{i}";
                return (await registry.PublishListingAsync(request)).Listing.SourceRef;
            }
            catch (RpcException error)
            {
                return Writes.ReasonOf(error);
            }
        }));
        Assert.Single(outcomes, o => o.StartsWith("ref-", StringComparison.Ordinal));
        Assert.Equal(AtOnce - 1, outcomes.Count(o => o == "REQUEST_ID_REUSED"));
    }

    [Fact]
    public async Task Of_100_amendments_at_once_exactly_one_wins_per_revision()
    {
        await using var hub = await HubServer.StartAsync();
        var registry = hub.Registry(Writes.Court);
        var listing = (await registry.PublishListingAsync(Writes.Publish("p-1", 1, person: true))).Listing;
        for (var revision = 1; revision <= 10; revision++)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
            {
                try
                {
                    var answer = await registry.AmendListingAsync(Writes.Amend($"a-{revision}-{i}", listing.ListingId, revision));
                    return $"{answer.Listing.Revision} {answer.Listing.Reason}";
                }
                catch (RpcException error) when (error.StatusCode == StatusCode.Aborted)
                {
                    return Writes.ReasonOf(error);
                }
            }));
            var winner = Assert.Single(outcomes, o => o != "REVISION_STALE");
            var now = (await registry.GetListingAsync(new GetListingRequest { ListingId = listing.ListingId })).Listing;
            Assert.Equal(winner, $"{revision + 1} {now.Reason}");
        }
    }

    [Fact]
    public async Task Of_32_publishes_with_one_source_ref_one_wins_and_after_its_end_the_next_may()
    {
        await using var hub = await HubServer.StartAsync();
        var registry = hub.Registry(Writes.Court);
        for (var turn = 0; turn < 3; turn++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async i =>
            {
                try
                {
                    var request = Writes.Publish($"t{turn}-{i}", 1);
                    request.Listing.SourceRef = "same";
                    return (await registry.PublishListingAsync(request)).Listing.ListingId;
                }
                catch (RpcException error) when (error.StatusCode == StatusCode.AlreadyExists)
                {
                    return Writes.ReasonOf(error);
                }
            }));
            var winner = Assert.Single(answers, a => a != "SOURCE_REF_TAKEN");
            await registry.EndListingAsync(Writes.End($"end-{turn}", winner, 1));
        }
    }

    /// <summary>Sends each write many times at once, and looks at what it did and said.</summary>
    private sealed class Once(HubServer hub)
    {
        private readonly SortedSet<string> methods = new(StringComparer.Ordinal);

        public IEnumerable<string> Methods => methods;

        private long Head => ((ILedger)hub.Services.GetService(typeof(ILedger))!).Head;

        public async Task<T> SendAsync<T>(string method, Func<AsyncUnaryCall<T>> call)
            where T : IMessage
        {
            methods.Add(method);
            var before = Head;
            var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ => await call()));
            Assert.Equal(before + 1, Head);
            var first = answers[0].ToByteArray();
            Assert.All(answers, a => Assert.Equal(first, a.ToByteArray()));
            Assert.Equal(first, (await call()).ToByteArray());
            return answers[0];
        }

        /// <summary>A write whose effect isn't an event yet when it is answered.</summary>
        public async Task StartAsync<T>(string method, Func<AsyncUnaryCall<T>> call)
            where T : IMessage
        {
            methods.Add(method);
            var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ => await call()));
            var first = answers[0].ToByteArray();
            Assert.All(answers, a => Assert.Equal(first, a.ToByteArray()));
            Assert.Equal(first, (await call()).ToByteArray());
        }

        /// <summary>Each on a stream of its own: all say the same, and one of them that it was the first.</summary>
        public async Task<ImportListingsResponse> ImportAsync(RegistryService.RegistryServiceClient registry, ImportListingsRequest item)
        {
            methods.Add("ImportListings");
            var before = Head;
            var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => OneAsync()));
            Assert.Equal(before + 1, Head);
            var first = Assert.Single(answers, a => !a.Replayed);
            Assert.Null(first.Error);
            var replayed = first.Clone();
            replayed.Replayed = true;
            Assert.All(answers, a => Assert.Equal(a.Replayed ? replayed : first, a));
            Assert.Equal(replayed, await OneAsync());
            Assert.Equal(before + 1, Head);
            return first;

            async Task<ImportListingsResponse> OneAsync()
            {
                using var import = registry.ImportListings();
                await import.RequestStream.WriteAsync(item.Clone());
                await import.RequestStream.CompleteAsync();
                Assert.True(await import.ResponseStream.MoveNext(CancellationToken.None));
                return import.ResponseStream.Current;
            }
        }
    }
}
