using System.Globalization;
using System.Text.Json;
using Sluice.Gateway.JsonRpc;
using Sluice.Gateway.Snapshot;

namespace Sluice.Gateway.Upstreams;

/// <summary>
/// Asks every upstream of a service which chain it is on and how far it is. One on another chain, or too far behind the
/// best, gets no calls as long as another one is well. Probes are never billed.
/// </summary>
internal static class HealthProbe
{
    private const int TimeoutMs = 5_000;
    private const int BytesMax = 64 * 1024;

    public static async Task Run(Service service, int headLagMax)
    {
        var results = await Task.WhenAll(service.Upstreams.Select(u => Ask(u, service.Config))).ConfigureAwait(false);
        if (results.Length == 0) return;
        var best = results.Max(r => r.Head);
        for (var i = 0; i < results.Length; i++)
        {
            var behind = best - results[i].Head;
            service.Upstreams[i].Probe = results[i].Usable && behind > headLagMax
                ? results[i] with { Usable = false, Reason = $"{behind} blocks behind" }
                : results[i];
        }
    }

    private static async Task<ProbeResult> Ask(Upstream upstream, ServiceConfig config)
    {
        var (chain, head) = config.Probe switch
        {
            ProbeKind.Evm => ("eth_chainId", "eth_blockNumber"),
            ProbeKind.Solana => ("getGenesisHash", "getSlot"),
            _ => throw new ArgumentOutOfRangeException(nameof(config)),
        };
        if (config.ChainId is { } expected)
        {
            var (ok, id) = await Call(upstream, chain).ConfigureAwait(false);
            if (!ok) return new ProbeResult(false, 0, "no answer to " + chain);
            if (!SameChain(id, expected, config.Probe)) return new ProbeResult(false, 0, "another chain: " + id);
        }
        var (answered, text) = await Call(upstream, head).ConfigureAwait(false);
        return answered && TryNumber(text, out var number)
            ? new ProbeResult(true, number, "")
            : new ProbeResult(false, 0, "no answer to " + head);
    }

    private static async Task<(bool Ok, string Result)> Call(Upstream upstream, string method)
    {
        var answer = new UpstreamAnswer();
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":[]}""");
        await upstream.Transport.Send(body, answer, TimeoutMs, BytesMax).ConfigureAwait(false);
        if (answer.Fault != TransportFault.None
            || !Decoding.TryDecode(answer.Coding, answer.Body, BytesMax, out _)
            || RpcAnswer.Read(answer.Body.Span, "1"u8, out _, out _, out _) != AnswerKind.Result) return (false, "");
        using var json = JsonDocument.Parse(answer.Body.Memory, new JsonDocumentOptions { MaxDepth = RpcAnswer.DepthMax });
        // The raw text: what is no plain number or hash is no answer to a probe, whatever else it may be.
        return (true, json.RootElement.GetProperty("result").GetRawText().Trim('"'));
    }

    private static bool SameChain(string answer, string expected, ProbeKind kind) =>
        kind == ProbeKind.Evm && TryNumber(answer, out var a) && TryNumber(expected, out var b)
            ? a == b
            : string.Equals(answer, expected, StringComparison.Ordinal);

    private static bool TryNumber(string text, out long number) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
