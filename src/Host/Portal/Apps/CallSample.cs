using Sluice.Host.Portal.Web;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;

namespace Sluice.Host.Portal.Apps;

/// <summary>A call that an app could make, as a command.</summary>
internal static class CallSample
{
    /// <summary>Of the first service that the app may use; of none where the installation has none yet.</summary>
    public static async Task<string> Of(HttpContext http, App app, string key)
    {
        var services = await http.RequestServices.GetRequiredService<ICatalog>().Services(http.RequestAborted);
        var service = services.FirstOrDefault(one =>
            one.Enabled && (app.Rules.Services.Count == 0 || app.Rules.Services.Contains(one.Name, StringComparer.Ordinal)));
        return Text(PublicAddress.Of(http), service, key);
    }

    /// <param name="address">Scheme and host of the gateway.</param>
    /// <param name="service">What is called; null writes the place for its name.</param>
    /// <param name="key">The key, or what stands for it in a shell.</param>
    public static string Text(string address, ServiceDefinition? service, string key)
    {
        var head = $"curl {address}/v1/{service?.Name ?? "SERVICE"} \\\n  -H \"Authorization: Bearer {key}\"";
        return service?.Protocol == ServiceProtocol.Http
            ? head
            : $"{head} \\\n  -H 'Content-Type: application/json' \\\n"
                + $"  -d '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{Method(service?.Chain)}\",\"params\":[]}}'";
    }

    private static string Method(ChainFamily? chain) => chain switch
    {
        ChainFamily.Solana => "getSlot",
        ChainFamily.Near or ChainFamily.Cosmos => "status",
        ChainFamily.Bitcoin => "getblockcount",
        _ => "eth_blockNumber",
    };
}
