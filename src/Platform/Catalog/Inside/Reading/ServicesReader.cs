using System.Text.Json;
using Sluice.Chains;

namespace Sluice.Platform.Catalog.Inside.Reading;

/// <summary>Reads a services file, docs/catalog.md.</summary>
internal static class ServicesReader
{
    internal const int ServicesMax = 500;
    internal const int MethodsMax = 2000;
    internal const int CacheRulesMax = 200;
    internal const int SetsMax = 100;
    internal const long UnitsMax = 1_000_000_000;
    internal const int TtlMsMax = 24 * 60 * 60 * 1000;
    private const int MethodCharactersMax = 128;

    /// <summary>The services as written, literal credentials in clear; of use only when there is no fault.</summary>
    public static IReadOnlyList<ServiceDefinition> Read(string json, Faults faults)
    {
        using var document = JsonFile.Open(json, faults);
        if (document is null || ObjectAt.Open(document.RootElement, "$", faults) is not { } file) return [];
        var sets = ReadSets(file);
        List<ServiceDefinition> services = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (var (item, path) in file.Items("services", ServicesMax, required: true))
        {
            if (ObjectAt.Open(item, path, faults) is not { } at) continue;
            var service = ReadService(at, sets);
            services.Add(service);
            if (service.Name.Length > 0 && !names.Add(service.Name))
                faults.Add(at.At("name"), $"\"{service.Name}\" stands twice in this file. Remove or rename one.");
        }
        file.Close();
        return services;
    }

    private static Dictionary<string, IReadOnlyDictionary<string, long>> ReadSets(ObjectAt file)
    {
        Dictionary<string, IReadOnlyDictionary<string, long>> sets = new(StringComparer.Ordinal);
        if (file.Object("priceSets") is not { } all) return sets;
        foreach (var (name, value) in all.All.Take(SetsMax))
        {
            if (!CatalogNames.WellFormed(name))
                file.Faults.Add(all.At(name), "is no name for a price set. Use 2 to 40 of a-z, 0-9 and -.");
            Dictionary<string, long> methods = new(StringComparer.Ordinal);
            // What a method may look like depends on the service that uses the set, so it is checked there.
            if (ObjectAt.Open(value, all.At(name), file.Faults) is { } at) ReadMethods(at, methods, protocol: null);
            sets[name] = methods;
        }
        if (all.All.Count() > SetsMax) file.Faults.Add(all.Path, $"has more than {SetsMax} price sets.");
        return sets;
    }

    private static ServiceDefinition ReadService(
        ObjectAt at, Dictionary<string, IReadOnlyDictionary<string, long>> sets)
    {
        var protocol = at.Choice("protocol", ServiceProtocol.JsonRpc);
        var chain = at.Choice("chain", ChainFamily.None);
        // Given out by the API, so that what was shown can be imported again; publishing sets it anew.
        at.Find("version");
        var service = new ServiceDefinition
        {
            Name = CatalogNames.Read(at, "name", reserved: true),
            Title = at.Text("title", 100, required: true) ?? "",
            Description = at.Text("description", 1000),
            Protocol = protocol,
            Chain = chain,
            ChainId = ReadChainId(at, chain),
            Enabled = at.Flag("enabled", false),
            Durable = at.Flag("durable", false),
            Prices = ReadPrices(at, protocol, sets),
            Limits = ReadLimits(at),
            Billing = ReadBilling(at),
            Cache = ReadCache(at, protocol),
            Upstreams = UpstreamReader.ReadAll(at, protocol),
        };
        if (service is { Enabled: true, Upstreams.Count: 0 })
            at.Faults.Add(at.At("enabled"), "is true without an upstream. Add one to \"upstreams\", or set it to false.");
        at.Close();
        return service;
    }

    private static string? ReadChainId(ObjectAt at, ChainFamily chain)
    {
        if (at.Find("chainId") is { ValueKind: JsonValueKind.Number })
        {
            at.Faults.Add(at.At("chainId"), "is a number, must be a text: put it in quotes.");
            return null;
        }
        if (at.Text("chainId", 100) is not { } id) return null;
        if (chain == ChainFamily.None)
            at.Faults.Add(at.At("chainId"), "stands without a chain. Set \"chain\", or remove \"chainId\".");
        if (chain == ChainFamily.Evm && (id.Length is 0 or > 20 || !id.All(char.IsAsciiDigit) || id[0] == '0'))
            at.Faults.Add(at.At("chainId"), "is no EVM chain id. Write it in decimal, such as \"1\".");
        return id;
    }

    private static MethodPrices ReadPrices(
        ObjectAt service, ServiceProtocol protocol, Dictionary<string, IReadOnlyDictionary<string, long>> sets)
    {
        Dictionary<string, long> methods = new(StringComparer.Ordinal);
        if (service.Object("prices") is not { } at)
        {
            if (!service.Has("prices") || service.IsNull("prices"))
                service.Faults.Add(service.At("prices"), "is missing. Add it, at least {\"defaultUnits\": 1}.");
            return new MethodPrices(0, methods);
        }
        foreach (var (item, path) in at.Items("sets", 20))
        {
            if (ObjectAt.TextOf(item, path, at.Faults) is not { } name) continue;
            if (!sets.TryGetValue(name, out var set))
            {
                at.Faults.Add(path, $"{Faults.Quote(name)} is no price set of this file. Define it in \"priceSets\".");
                continue;
            }
            foreach (var (method, units) in set)
                if (MethodFault(method, protocol) is { } fault)
                    at.Faults.Add(path, $"{Faults.Quote(method)} of the set \"{name}\" {fault}");
                else methods[method] = units;
        }
        if (at.Object("methods") is { } own) ReadMethods(own, methods, protocol);
        if (methods.Count > MethodsMax)
            at.Faults.Add(at.At("methods"), $"prices {methods.Count} methods, at most {MethodsMax} are allowed.");
        if (!at.Has("defaultUnits"))
            at.Faults.Add(at.At("defaultUnits"), "is missing. Add the price of what is not listed, in compute units.");
        var prices = new MethodPrices(
            at.Whole("defaultUnits", 0, UnitsMax, 0), methods, at.Flag("unlistedAllowed", true));
        at.Close();
        return prices;
    }

    private static void ReadMethods(ObjectAt at, Dictionary<string, long> methods, ServiceProtocol? protocol)
    {
        var left = MethodsMax;
        foreach (var (method, value) in at.All)
        {
            if (left-- == 0)
            {
                at.Faults.Add(at.Path, $"lists more than {MethodsMax} methods.");
                return;
            }
            if (protocol is { } known && MethodFault(method, known) is { } fault) at.Faults.Add(at.At(method), fault);
            else if (ObjectAt.WholeOf(value, at.At(method), 0, UnitsMax, at.Faults) is { } units) methods[method] = units;
        }
    }

    /// <summary>What is wrong with a method as prices and cache rules name it; null when nothing is.</summary>
    internal static string? MethodFault(string method, ServiceProtocol protocol)
    {
        if (method.Any(char.IsControl)) return "holds a control character. Remove it.";
        if (method.Length is 0 or > MethodCharactersMax) return $"must have 1 to {MethodCharactersMax} characters.";
        if (protocol == ServiceProtocol.JsonRpc)
            return method.Contains('*') || method.Contains(' ')
                ? "holds * or a space. Write whole method names; what is not listed costs \"defaultUnits\"."
                : null;
        var space = method.IndexOf(' ', StringComparison.Ordinal);
        var formed = space > 0 && method[..space].All(char.IsAsciiLetterUpper) && method[(space + 1)..].StartsWith('/')
            && !method[(space + 1)..].AsSpan().ContainsAny(" ?#*");
        return formed ? null : "is no plain HTTP method. Write the verb and a path prefix, such as \"GET /blocks\".";
    }

    private static ServiceLimits ReadLimits(ObjectAt service)
    {
        var limits = new ServiceLimits();
        if (service.Object("limits") is not { } at) return limits;
        limits = new ServiceLimits
        {
            BatchMax = (int)at.Whole("batchMax", 1, 1000, limits.BatchMax),
            DepthMax = (int)at.Whole("depthMax", 2, 256, limits.DepthMax),
            RequestBytesMax = at.Whole("requestBytesMax", 1024, 1L << 30, limits.RequestBytesMax),
            ResponseBytesMax = at.Whole("responseBytesMax", 1024, 1L << 40, limits.ResponseBytesMax),
            ConnectTimeoutMs = (int)at.Whole("connectTimeoutMs", 50, 60_000, limits.ConnectTimeoutMs),
            TimeoutMs = (int)at.Whole("timeoutMs", 100, 600_000, limits.TimeoutMs),
            IdleTimeoutMs = (int)at.Whole("idleTimeoutMs", 1000, 3_600_000, limits.IdleTimeoutMs),
            AttemptsMax = (int)at.Whole("attemptsMax", 1, 10, limits.AttemptsMax),
            SocketMessageBytesMax = (int)at.Whole("socketMessageBytesMax", 1024, 64 << 20, limits.SocketMessageBytesMax),
            SubscriptionsMax = (int)at.Whole("subscriptionsMax", 0, 10_000, limits.SubscriptionsMax),
        };
        at.Close();
        return limits;
    }

    private static BillingChoices ReadBilling(ObjectAt service)
    {
        var billing = new BillingChoices();
        if (service.Object("billing") is not { } at) return billing;
        billing = new BillingChoices
        {
            ClientErrors = at.Flag("clientErrors", billing.ClientErrors),
            MessageUpUnits = at.Whole("messageUpUnits", 0, UnitsMax, billing.MessageUpUnits),
            MessageDownUnits = at.Whole("messageDownUnits", 0, UnitsMax, billing.MessageDownUnits),
            PushUnits = at.Whole("pushUnits", 0, UnitsMax, billing.PushUnits),
        };
        at.Close();
        return billing;
    }

    private static List<CacheRule> ReadCache(ObjectAt service, ServiceProtocol protocol)
    {
        List<CacheRule> rules = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var (item, path) in service.Items("cache", CacheRulesMax))
        {
            if (protocol != ServiceProtocol.JsonRpc)
            {
                service.Faults.Add(path, "is a cache rule of a plain HTTP service, whose answers are never kept. Remove it.");
                continue;
            }
            if (ObjectAt.Open(item, path, service.Faults) is not { } at) continue;
            var method = at.Text("method", 1000, required: true) ?? "";
            if (method.Length > 0 && MethodFault(method, protocol) is { } fault) at.Faults.Add(at.At("method"), fault);
            if (method.Length > 0 && !seen.Add(method))
                at.Faults.Add(at.At("method"), $"{Faults.Quote(method)} has a rule already. Keep one.");
            if (!at.Has("ttlMs")) at.Faults.Add(at.At("ttlMs"), "is missing. Add milliseconds; 0 forbids keeping.");
            var ttlMs = (int)at.Whole("ttlMs", 0, TtlMsMax, 0);
            if (ttlMs > 0 && KeepableMethods.WhyNot(method) is { } why)
                at.Faults.Add(
                    at.At("ttlMs"),
                    $"keeps answers of {Faults.Quote(method)}, which {why}. Write 0, or remove the rule.");
            rules.Add(new CacheRule(method, ttlMs));
            at.Close();
        }
        return rules;
    }
}
