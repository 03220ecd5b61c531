using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Sluice.Gateway.PlainHttp;
using Sluice.Gateway.Steps;
using Sluice.Gateway.Upstreams;
using Sluice.Kernel;

namespace Sluice.Gateway.WebSockets;

/// <summary>
/// WebSockets: one upstream socket for each client's. The upstream's is opened first, so that a failure is still an
/// HTTP answer.
/// </summary>
internal sealed class Sockets(GatewayState state, SocketParts parts)
{
    /// <summary>Whether a request may want to become a socket (RFC 6455, 4.1; RFC 8441, 4).</summary>
    public static bool IsAskedFor(HttpRequest request) =>
        request.Headers.Upgrade.Count > 0 || HttpMethods.IsConnect(request.Method);

    public async Task Run(Exchange x)
    {
        var key = x.Caller!.Key;
        x.Refused = Check(x);
        if (!x.Refused.Yes && !parts.Place.Open.TryEnter(key)) x.Refused = new Refused(GatewayError.TooManySockets);
        if (x.Refused.Yes)
        {
            await Refuse(x).ConfigureAwait(false);
            return;
        }
        try
        {
            await Open(x).ConfigureAwait(false);
        }
        finally
        {
            parts.Place.Open.Leave(key);
        }
    }

    private Refused Check(Exchange x)
    {
        if (parts.Place.Open.Stopping) return new Refused(GatewayError.Draining);
        if (!parts.Journal.Accepting) return new Refused(GatewayError.CannotMeter);
        if (x.Service!.Config.JsonRpc) return default;
        // As for calls by HTTP: rules that speak of JSON-RPC cannot be kept here.
        var rules = x.Caller!.App.Rules;
        return rules.HasMethodRule ? new Refused(GatewayError.MethodForbidden)
            : rules.HasContractRule ? new Refused(GatewayError.ContractForbidden)
            : default;
    }

    private async Task Open(Exchange x)
    {
        var config = x.Service!.Config;
        var upstreams = x.Service.Upstreams;
        var tried = 0UL;
        for (var attempt = 0; attempt < config.AttemptsMax; attempt++)
        {
            var pick = Choice.Pick(upstreams, tried, Environment.TickCount64);
            if (pick < 0) break;
            tried |= 1UL << pick;
            var upstream = upstreams[pick];
            upstream.Begin();
            var fault = true;
            try
            {
                using var socket = await Connect(x, upstream).ConfigureAwait(false);
                if (socket is null) continue;
                fault = await Serve(x, upstream, socket).ConfigureAwait(false) == Ending.UpstreamGone.Code;
                return;
            }
            finally
            {
                upstream.End(fault, Environment.TickCount64);
            }
        }
        x.Refused = new Refused(GatewayError.NoUpstream);
        await Refuse(x).ConfigureAwait(false);
    }

    private async Task<int> Serve(Exchange x, Upstream upstream, ClientWebSocket socket)
    {
        var options = parts.Place.Options;
        var hash = new byte[KeyText.HashSize];
        KeyText.TryHash(x.PathKey ?? Identify.KeyOf(x.Http.Request.Headers), hash, out _);
        Answers.Head(x);
        using var client = await x.Http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            SubProtocol = socket.SubProtocol,
            KeepAliveInterval = TimeSpan.FromMilliseconds(options.SocketPingMs),
            KeepAliveTimeout = TimeSpan.FromMilliseconds(options.SocketPingMs),
        }).ConfigureAwait(false);
        using var pair = new SocketPair(client, socket, options.ClientStallMs);
        using ITraffic traffic = x.Service!.Config.JsonRpc
            ? new RpcTraffic(x, pair, upstream, parts)
            : new PlainTraffic(x, pair, upstream, parts);
        parts.Metrics.Opened();
        var code = await new SocketSession(x, hash, state, pair, traffic, parts).Run().ConfigureAwait(false);
        parts.Metrics.Closed(code);
        return code;
    }

    /// <summary>The upstream's socket; null when it could not be opened in time.</summary>
    private async Task<ClientWebSocket?> Connect(Exchange x, Upstream upstream)
    {
        var config = x.Service!.Config;
        var socket = new ClientWebSocket();
        var ping = TimeSpan.FromMilliseconds(parts.Place.Options.SocketPingMs);
        (socket.Options.KeepAliveInterval, socket.Options.KeepAliveTimeout) = (ping, ping);
        using var limit = new CancellationTokenSource(config.TimeoutMs);
        try
        {
            foreach (var protocol in x.Http.WebSockets.WebSocketRequestedProtocols.Distinct())
                socket.Options.AddSubProtocol(protocol);
            if (!config.JsonRpc) Head.Up(x, (name, values) => socket.Options.SetRequestHeader(name, values));
            foreach (var (name, value) in upstream.Config.Headers) socket.Options.SetRequestHeader(name, value);
            await socket.ConnectAsync(
                Target.Upstream(upstream.Config.SocketUrl, config.JsonRpc ? "" : x.Rest), upstream.Forwarding.Value, limit.Token)
                .ConfigureAwait(false);
            return socket;
        }
        catch (Exception error) when (SocketPair.IsLoss(error) || error is ArgumentException or HttpRequestException)
        {
            socket.Dispose();
            return null;
        }
    }

    private ValueTask Refuse(Exchange x)
    {
        parts.Refusals.Record(x, null, x.Refused);
        return Answers.Refuse(x, parts.Place.Options.ClientStallMs);
    }
}
