using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Sluice.Platform.Metering.Inside;

/// <summary>Asks the other living nodes for the log of journals that this one cannot reach on disk.</summary>
internal sealed partial class NodeLogs(
    NpgsqlDataSource database, IOptions<MeteringOptions> options, ILogger<NodeLogs> log) : IDisposable
{
    private static readonly TimeSpan NodeTimeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = NodeTimeout };

    public async Task<IReadOnlyList<LogRow>> Read(LogQuery query, CancellationToken ct)
    {
        if (options.Value.InternalToken.Length == 0) return [];
        try
        {
            var answers = await Task.WhenAll((await Others(ct)).Select(url => Ask(url, query, ct)));
            // Processes that share a disk tell the same records.
            return [.. answers.SelectMany(rows => rows).Distinct()];
        }
        catch (NpgsqlException error)
        {
            // The own log needs no database.
            LogNodesUnknown(error.Message);
            return [];
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HashSet<string>> Others(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            SELECT directory, internal_url FROM metering.journals
            WHERE state = 'live' AND internal_url IS NOT NULL AND seen_at > now() - interval '1 minute'
            """);
        var nodes = await command.Rows(row => (Directory: row.GetString(0), Url: row.GetString(1)), ct);
        var own = Path.GetFullPath(options.Value.JournalsDirectory) + Path.DirectorySeparatorChar;
        return [.. nodes.Where(n => !n.Directory.StartsWith(own, StringComparison.Ordinal)
            || !Directory.Exists(n.Directory)).Select(n => n.Url)];
    }

    private async Task<IReadOnlyList<LogRow>> Ask(string url, LogQuery query, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, url.TrimEnd('/') + GetInternalLog.Path + LogQueryText.Write(query));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.InternalToken);
        try
        {
            using var answer = await _http.SendAsync(request, ct);
            answer.EnsureSuccessStatusCode();
            var rows = await answer.Content.ReadFromJsonAsync<Listed<LogRow>>(Http.Json, ct);
            return rows?.Data ?? [];
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or UriFormatException
            || (error is TaskCanceledException && !ct.IsCancellationRequested))
        {
            // The own log is worth showing all the same.
            LogUnreachable(url, error.Message);
            return [];
        }
    }

    [LoggerMessage(6041, LogLevel.Warning, "An answer holds the request log of this node alone: {Reason}")]
    private partial void LogNodesUnknown(string reason);

    [LoggerMessage(6040, LogLevel.Warning, "The request log of {Node} is missing from an answer: {Reason}")]
    private partial void LogUnreachable(string node, string reason);
}
