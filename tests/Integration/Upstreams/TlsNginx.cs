using System.Globalization;
using Sluice.Integration.Origins;

namespace Sluice.Integration.Upstreams;

/// <summary>An nginx behind TLS that writes down every request it answered, and on which connection.</summary>
internal static class TlsNginx
{
    private const string Configuration = """
        worker_processes 2;
        daemon off;
        pid {home}/nginx.pid;
        error_log stderr warn;
        events { worker_connections 1024; }
        http {
            log_format calls '$connection $server_protocol $request_method $status';
            access_log {log} calls;
            client_body_temp_path {home}/body;
            proxy_temp_path {home}/proxy;
            fastcgi_temp_path {home}/fastcgi;
            uwsgi_temp_path {home}/uwsgi;
            scgi_temp_path {home}/scgi;
            keepalive_requests {requests};
            server {
                listen 127.0.0.1:{port} ssl {http2};
                ssl_certificate {certificate};
                ssl_certificate_key {key};
                client_max_body_size 64m;
                # One that answers before it has read the body resets connections when it ends them.
                location / { proxy_pass http://unix:{home}/behind.sock; }
            }
            server {
                listen unix:{home}/behind.sock;
                access_log off;
                location / {
                    default_type application/json;
                    return 200 '{answer}';
                }
            }
        }
        """;

    /// <param name="certificate">Paths of certificate and key.</param>
    /// <param name="http2">Whether HTTP/2 is offered.</param>
    /// <param name="log">Where requests are written down; outlives the nginx.</param>
    /// <param name="requests">Requests after which a connection is ended.</param>
    /// <param name="onPort">The port; null takes a free one.</param>
    public static Task<NginxOrigin> Start(
        (string Certificate, string Key) certificate, bool http2, string log, int requests = 1_000_000, int? onPort = null) =>
        NginxOrigin.Start(
            Configuration,
            new Dictionary<string, string>
            {
                ["certificate"] = certificate.Certificate,
                ["key"] = certificate.Key,
                ["http2"] = http2 ? "http2" : "",
                ["log"] = log,
                ["requests"] = requests.ToString(CultureInfo.InvariantCulture),
            },
            onPort);

    public static string Url(NginxOrigin origin) =>
        string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{origin.Port}");

    /// <summary>The requests so far.</summary>
    public static IReadOnlyList<Logged> Requests(string log) => !File.Exists(log)
        ? []
        : [.. File.ReadLines(log).Select(line => line.Split(' ')).Where(parts => parts.Length == 4)
            .Select(parts => new Logged(parts[0], parts[1], parts[2], parts[3]))];
}

internal sealed record Logged(string Connection, string Protocol, string Method, string Status);
