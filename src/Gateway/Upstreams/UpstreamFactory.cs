using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Usage;

namespace Sluice.Gateway.Upstreams;

/// <summary>Makes upstreams, and keeps those whose configuration a new snapshot did not change.</summary>
internal sealed class UpstreamFactory(UsageJournal journal) : IDisposable
{
    // Calls that began with the last snapshot may use its upstreams for as long as one may take.
    private const long LingerMs = 600_000;

    private readonly ConcurrentDictionary<(string Service, string Upstream), Upstream> _all = new();
    private readonly List<(Upstream Upstream, long SinceMs)> _retired = [];

    public Upstream Get(ServiceConfig service, UpstreamConfig config)
    {
        if (_all.TryGetValue((service.Name, config.Name), out var known))
        {
            if (known.Config.Equals(config)) return known;
            Retire(known);
        }
        var made = new Upstream(config, journal.Name(config.Name), Transport(service, config))
        {
            Forwarding = new(() => ForwardingClient.Make(config, service.ConnectTimeoutMs)),
        };
        _all[(service.Name, config.Name)] = made;
        return made;
    }

    /// <summary>Lets go of upstreams that no service has any more, and closes those that were let go long ago.</summary>
    public void Keep(IReadOnlySet<Upstream> inUse)
    {
        foreach (var (name, upstream) in _all)
            if (!inUse.Contains(upstream) && _all.TryRemove(name, out _)) Retire(upstream);
        lock (_retired)
        {
            var now = Environment.TickCount64;
            foreach (var (upstream, since) in _retired)
                if (IsOver(upstream, since, now)) upstream.Dispose();
            _retired.RemoveAll(one => IsOver(one.Upstream, one.SinceMs, now));
        }
    }

    private static bool IsOver(Upstream upstream, long sinceMs, long nowMs) =>
        nowMs - sinceMs > LingerMs && upstream.InFlight == 0;

    private void Retire(Upstream upstream)
    {
        lock (_retired) _retired.Add((upstream, Environment.TickCount64));
    }

    private static IUpstreamTransport Transport(ServiceConfig service, UpstreamConfig config) =>
        config.Url.Scheme == Uri.UriSchemeHttp
            ? new Http1Pool(
                new DnsEndPoint(config.Url.DnsSafeHost, config.Url.Port), Head(config),
                config.ConcurrencyMax, service.ConnectTimeoutMs)
            : new HttpTransport(config, service.ConnectTimeoutMs);

    private static byte[] Head(UpstreamConfig config)
    {
        var head = new StringBuilder()
            .Append("POST ").Append(config.Url.PathAndQuery).Append(" HTTP/1.1\r\n")
            .Append("Host: ").Append(config.Url.Authority).Append("\r\n")
            .Append("Content-Type: application/json\r\nAccept: application/json\r\n");
        foreach (var (name, value) in config.Headers)
            if (IsToken(name) && !value.AsSpan().ContainsAny('\r', '\n', '\0'))
                head.Append(name).Append(": ").Append(value).Append("\r\n");
        return Encoding.UTF8.GetBytes(head.Append("Content-Length: ").ToString());
    }

    private static bool IsToken(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    public void Dispose()
    {
        foreach (var upstream in _all.Values) upstream.Dispose();
        lock (_retired)
            foreach (var (upstream, _) in _retired) upstream.Dispose();
    }
}
