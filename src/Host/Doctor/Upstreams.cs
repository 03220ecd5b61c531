using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Platform.Catalog;

namespace Sluice.Host.Doctor;

/// <summary>Whether the upstreams of enabled services answer. Addresses are not shown: they may hold credentials.</summary>
internal static class Upstreams
{
    private const int AtOnce = 8;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> Check(IServiceProvider services, CancellationToken ct)
    {
        var state = await services.GetRequiredService<ICatalog>().Load(ct);
        var enabled = state.Services.Where(service => service.Enabled).ToList();
        if (enabled.Count == 0) return [Finding.Warn("upstreams", "No service is enabled: give one an upstream and import it.")];
        // As the gateway: an upstream that leads elsewhere does not answer.
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Longest };
        var pairs = enabled.SelectMany(service => service.Upstreams.Select(upstream => (service, upstream))).ToList();
        var findings = new Finding[pairs.Count];
        await Parallel.ForAsync(0, pairs.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
            async (i, one) => findings[i] = await Ask(http, pairs[i].service, pairs[i].upstream, one));
        return findings;
    }

    private static async Task<Finding> Ask(
        HttpClient http, ServiceDefinition service, UpstreamDefinition upstream, CancellationToken ct)
    {
        var name = $"{service.Name}/{upstream.Name}";
        try
        {
            using var request = Question(service, upstream);
            using var answer = await http.SendAsync(request, ct);
            var status = (int)answer.StatusCode;
            if (status >= 500 || status is 401 or 403) return Finding.Fail("upstreams", $"{name} answers {status}.");
            if (service is not { Chain: ChainFamily.Evm, ChainId: { } expected })
                return Finding.Ok("upstreams", $"{name} answers.");
            var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync(ct))?["result"]?.ToString() ?? "";
            var chain = told.StartsWith("0x", StringComparison.Ordinal)
                ? Convert.ToInt64(told, 16).ToString(System.Globalization.CultureInfo.InvariantCulture)
                : told;
            return chain == expected
                ? Finding.Ok("upstreams", $"{name} answers for chain {chain}.")
                : Finding.Fail("upstreams", $"{name} answers for chain '{chain}', the catalog says {expected}.");
        }
        catch (Exception error) when (
            error is HttpRequestException or TaskCanceledException or JsonException or FormatException
                or UriFormatException or OverflowException)
        {
            ct.ThrowIfCancellationRequested();
            var why = error switch
            {
                TaskCanceledException => $"no answer within {Longest.TotalSeconds:0} s",
                HttpRequestException { HttpRequestError: var kind } => kind.ToString(),
                _ => "no sensible answer",
            };
            return Finding.Fail("upstreams", $"{name} is not usable: {why}.");
        }
    }

    private static HttpRequestMessage Question(ServiceDefinition service, UpstreamDefinition upstream)
    {
        var url = Wiring.CatalogMapping.ToConfig(upstream).Url;
        var request = new HttpRequestMessage(
            service.Protocol == ServiceProtocol.JsonRpc ? HttpMethod.Post : HttpMethod.Head, url);
        foreach (var (header, value) in Wiring.CatalogMapping.ToConfig(upstream).Headers)
            request.Headers.TryAddWithoutValidation(header, value);
        if (service.Protocol != ServiceProtocol.JsonRpc) return request;
        var method = service.Chain switch
        {
            ChainFamily.Evm => "eth_chainId",
            ChainFamily.Solana => "getHealth",
            _ => "status",
        };
        request.Content = new StringContent(
            $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":[]}""", Encoding.UTF8, "application/json");
        return request;
    }
}
