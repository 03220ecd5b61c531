using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Sluice.Chains.Evm;
using Sluice.Gateway.Snapshot;
using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Host.Wiring;

/// <summary>
/// Asks chains through the upstreams that the catalog has for them. Who signs in names the contract, never the node; nodes that
/// anybody may run (those behind a POKT gateway) are not asked, and of several that are, all have to say the same.
/// </summary>
internal sealed partial class CatalogChains(ICatalog catalog, ILogger<CatalogChains> log) : IEvmCaller, IDisposable
{
    private const int AskedMax = 3;
    private const int AnswerBytesMax = 64 * 1024;
    private const int RevertedCode = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    public async Task<Result<EvmCallAnswer>> Call(
        ulong chainId, EvmAddress to, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        var chain = chainId.ToString(CultureInfo.InvariantCulture);
        var services = (await catalog.Load(ct)).Services.Where(service =>
            service is { Enabled: true, Protocol: ServiceProtocol.JsonRpc, Chain: ChainFamily.Evm } && service.ChainId == chain);
        var call = $$"""{"to":"{{to}}","data":"0x{{Convert.ToHexStringLower(data.Span)}}"}""";
        var body = $$"""{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{{call}},"latest"]}""";
        var asked = await Task.WhenAll(services.SelectMany(service => service.Upstreams)
            .Where(upstream => upstream.Kind == UpstreamKind.Plain).Take(AskedMax)
            .Select(upstream => Ask(CatalogMapping.ToConfig(upstream), body, ct)));
        var answers = asked.OfType<EvmCallAnswer>().ToList();
        if (answers.Count == 0)
        {
            return new Refusal(
                "wallet.chain-foreign",
                $"No node of chain {chain} answers here, so a wallet that is a contract there cannot be asked.", 401);
        }
        if (answers.Skip(1).All(answer => IsSame(answer, answers[0]))) return answers[0];
        LogApart(chain);
        return new Refusal(
            "wallet.chain-apart",
            $"The nodes of chain {chain} say different things about the wallet: try again in a minute.", 401);
    }

    private static bool IsSame(EvmCallAnswer one, EvmCallAnswer other) =>
        one.Reverted == other.Reverted && one.Returned.Span.SequenceEqual(other.Returned.Span);

    public void Dispose() => _http.Dispose();

    /// <summary>What a node answered; null where it did not, or with nothing that can be read.</summary>
    private async Task<EvmCallAnswer?> Ask(UpstreamConfig upstream, string body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, upstream.Url);
        request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        foreach (var (name, value) in upstream.Headers) request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var answer = await _http.SendAsync(request, ct);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
            return Read(json.RootElement);
        }
        // The third where half a surrogate pair stands in a text: valid JSON, and no text.
        catch (Exception fault) when (fault is HttpRequestException or JsonException or InvalidOperationException
            || (fault is OperationCanceledException && !ct.IsCancellationRequested))
        {
            LogSilent(upstream.Name, fault.GetType().Name);
            return null;
        }
    }

    /// <summary>An answer of JSON-RPC: what the call returned, or that the chain undid it; null for other errors.</summary>
    internal static EvmCallAnswer? Read(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object) return null;
        if (answer.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
            return IsReverted(error) ? new EvmCallAnswer(Reverted: true, ReadOnlyMemory<byte>.Empty) : null;
        if (!answer.TryGetProperty("result", out var result) || result.ValueKind != JsonValueKind.String) return null;
        var text = result.GetString()!;
        if (!text.StartsWith("0x", StringComparison.Ordinal) || text.Length % 2 != 0) return null;
        var bytes = new byte[(text.Length - 2) / 2];
        return Convert.FromHexString(text.AsSpan(2), bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == bytes.Length ? new EvmCallAnswer(Reverted: false, bytes) : null;
    }

    // Nodes tell a reverted call in several ways, and a call that fails in a precompiled contract in words alone.
    private static bool IsReverted(JsonElement error) =>
        (error.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number
            && code.TryGetInt32(out var number) && number == RevertedCode)
        || (error.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String
            && (message.GetString()!.Contains("revert", StringComparison.OrdinalIgnoreCase)
                || message.GetString()!.StartsWith("EVM error", StringComparison.Ordinal)));

    [LoggerMessage(20312, LogLevel.Warning, "The upstreams of chain {Chain} answered a wallet's signature differently")]
    private partial void LogApart(string chain);

    [LoggerMessage(20311, LogLevel.Warning, "The upstream {Upstream} did not tell about a wallet: {Fault}")]
    private partial void LogSilent(string upstream, string fault);
}
