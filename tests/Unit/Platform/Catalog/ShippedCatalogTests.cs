using System.Runtime.CompilerServices;
using Sluice.Platform;
using Sluice.Platform.Catalog;
using Sluice.Platform.Catalog.Inside;
using Sluice.Platform.Catalog.Inside.Reading;
using Xunit;

namespace Sluice.Unit.Platform.Catalog;

public sealed class ShippedCatalogTests
{
    public static TheoryData<string> ServiceFiles => [.. Files("services").Select(file => Path.GetRelativePath(Root(), file))];

    public static TheoryData<string> PlanFiles => [.. Files("plans").Select(file => Path.GetRelativePath(Root(), file))];

    [Theory, MemberData(nameof(ServiceFiles))]
    public void Shipped_services_import_without_a_fault(string file)
    {
        var services = Services(file);
        Assert.NotEmpty(services);
        Assert.All(services, service => Assert.NotEmpty(service.Upstreams));
        Assert.All(services, service => Assert.Equal(service.Name == "devnet", service.Enabled));
        // A shipped file holds no credential, only places for them.
        foreach (var service in services)
            Credentials.Each(service, (_, place, value, secret) =>
            {
                Assert.False(secret, $"{service.Name} {place}");
                Assert.True(References.Any(value), $"{service.Name} {place}");
                return value;
            });
    }

    [Theory, MemberData(nameof(PlanFiles))]
    public void Shipped_plans_import_without_a_fault(string file)
    {
        var faults = new Faults();
        var plans = PlansReader.Read(File.ReadAllText(Path.Combine(Root(), file)), faults);
        Assert.Empty(faults.Listed());
        Assert.All(plans, plan => Assert.NotNull(plan.Limits.RequestsPerSecond));
        Assert.All(plans, plan => Assert.NotNull(plan.Limits.UnitsPerSecond));
    }

    [Theory]
    [InlineData("docs/catalog.md")]
    [InlineData("docs/plans.md")]
    [InlineData("README.md")]
    public void Examples_of_the_documents_import_without_a_fault(string page)
    {
        var blocks = File.ReadAllText(Path.Combine(Root(), page)).Split("```").Where((_, place) => place % 2 == 1)
            .Where(block => block.Contains("{\"services\": [", StringComparison.Ordinal)
                || block.Contains("{\"plans\": [", StringComparison.Ordinal))
            .Select(block => block[block.IndexOf("{\"", StringComparison.Ordinal)..])
            .Select(block => block[..(block.LastIndexOf("]}", StringComparison.Ordinal) + 2)])
            .ToList();
        Assert.NotEmpty(blocks);
        foreach (var block in blocks)
        {
            var faults = new Faults();
            if (block.StartsWith("{\"plans", StringComparison.Ordinal)) PlansReader.Read(block, faults);
            else ServicesReader.Read(block, faults);
            Assert.Empty(faults.Listed());
        }
    }

    [Fact]
    public void The_shipped_free_plan_equals_the_built_in_one()
    {
        var faults = new Faults();
        var free = Assert.Single(PlansReader.Read(File.ReadAllText(Path.Combine(Root(), "config/plans/free.json")), faults));
        Assert.Equal(StoredJson.Write(PlanDefinition.Free), StoredJson.Write(free));
    }

    [Theory]
    [InlineData("ethereum", "1")]
    [InlineData("optimism", "10")]
    [InlineData("bnb", "56")]
    [InlineData("gnosis", "100")]
    [InlineData("polygon", "137")]
    [InlineData("zksync", "324")]
    [InlineData("mantle", "5000")]
    [InlineData("base", "8453")]
    [InlineData("arbitrum", "42161")]
    [InlineData("celo", "42220")]
    [InlineData("avalanche", "43114")]
    [InlineData("linea", "59144")]
    [InlineData("scroll", "534352")]
    [InlineData("sepolia", "11155111")]
    [InlineData("devnet", "31337")]
    [InlineData("solana", "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d")]
    public void Shipped_networks_name_their_chain(string name, string chainId) =>
        Assert.Equal(chainId, All().Single(service => service.Name == name).ChainId);

    [Fact]
    public void Shipped_names_are_unique_and_heavy_methods_cost_more()
    {
        var all = All();
        Assert.True(all.Count > 12);
        Assert.Equal(all.Count, all.Select(service => service.Name).Distinct().Count());
        var methods = all.Single(service => service.Name == "ethereum").Prices.Methods;
        Assert.True(methods["eth_chainId"] < methods["eth_call"]);
        Assert.True(methods["eth_call"] < methods["eth_getLogs"]);
        Assert.True(methods["eth_getLogs"] < methods["debug_traceBlockByNumber"]);
    }

    private static List<ServiceDefinition> All() => [.. ServiceFiles.SelectMany(file => Services(file.Data))];

    private static IReadOnlyList<ServiceDefinition> Services(string file)
    {
        var faults = new Faults();
        var services = ServicesReader.Read(File.ReadAllText(Path.Combine(Root(), file)), faults);
        Assert.Empty(faults.Listed());
        return services;
    }

    private static IEnumerable<string> Files(string kind) =>
        Directory.EnumerateFiles(Path.Combine(Root(), "config", kind), "*.json", SearchOption.AllDirectories).Order();

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", ".."));
}
