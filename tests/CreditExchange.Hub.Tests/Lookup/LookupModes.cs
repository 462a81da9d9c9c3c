using CreditExchange.Hub.Tests.Edge;

namespace CreditExchange.Hub.Tests.Lookup;

// The same tests by every means that a node may have.
public sealed class MattersOnAFullNode(SharedHub shared) : MatterTests(shared), IClassFixture<SharedHub>;

public sealed class MattersOnAnEdgeNode(EdgeHub shared) : MatterTests(shared), IClassFixture<EdgeHub>;

public sealed class MattersOnAnEdgeNodeWithoutRedis(EdgeHubWithoutRedis shared) : MatterTests(shared), IClassFixture<EdgeHubWithoutRedis>;

public sealed class ManyChecksOnAFullNode(SharedHub shared) : ManyChecksTests(shared), IClassFixture<SharedHub>;

public sealed class ManyChecksOnAnEdgeNode(EdgeHub shared) : ManyChecksTests(shared), IClassFixture<EdgeHub>;

public sealed class ManyChecksOnAnEdgeNodeWithoutRedis(EdgeHubWithoutRedis shared)
    : ManyChecksTests(shared), IClassFixture<EdgeHubWithoutRedis>;

public sealed class LinksOnAFullNode(SharedHub shared) : Registry.LinkTests(shared), IClassFixture<SharedHub>;

public sealed class LinksOnAnEdgeNode(EdgeHub shared) : Registry.LinkTests(shared), IClassFixture<EdgeHub>;
