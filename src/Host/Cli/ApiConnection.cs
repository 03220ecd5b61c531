using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Host.Local;
using Sluice.Host.Settings;

namespace Sluice.Host.Cli;

/// <summary>
/// The API that the verbs speak to: a remote installation's, or the local one's, which is started in this process for
/// the time of the command.
/// </summary>
internal sealed class ApiConnection : IAsyncDisposable
{
    private const int CopyChars = 16 * 1024;

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http;
    private readonly LocalApi? _local;
    private readonly string? _idempotencyKey;

    private ApiConnection(HttpClient http, LocalApi? local, ParseResult parsed) =>
        (_http, _local, _idempotencyKey) = (http, local, parsed.GetValue(Common.IdempotencyKey));

    public static async Task<ApiConnection> Open(ParseResult parsed, CancellationToken ct)
    {
        var configuration = SluiceConfiguration.FromEnvironment();
        var server = parsed.GetValue(Common.Server) ?? configuration.Value("SERVER");
        var token = parsed.GetValue(Common.Token) ?? configuration.Value("TOKEN");
        if (server is null)
        {
            if (parsed.GetValue(Common.Token) is not null)
                throw HostFault.Usage("--token needs --server: without it the command works on this machine's data.");
            var local = await LocalApi.Start(LocalSettings.Read(configuration), configuration, ct);
            return new ApiConnection(local.Client, local, parsed);
        }
        if (configuration.Faults.Count > 0) throw new HostFault("The settings cannot be used.", configuration.Faults);
        if (!Uri.TryCreate(server.TrimEnd('/') + "/", UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https"))
            throw HostFault.Usage($"'{server}' is no address of a server: it reads https://name or http://localhost:4000.");
        if (token is null)
            throw new HostFault(
                "A remote installation needs a token: SLUICE_TOKEN, SLUICE_TOKEN_FILE or --token "
                + "(made by 'sluice token create' there).");
        // The token is for the server that was named, and for no other that it names.
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(address, "api/v1/"),
            Timeout = Timeout,
        };
        if (!AuthenticationHeaderValue.TryParse($"Bearer {token}", out var bearer) || token.Any(char.IsWhiteSpace))
            throw new HostFault("The token is none: it reads slc_at_… and has no spaces.");
        http.DefaultRequestHeaders.Authorization = bearer;
        return new ApiConnection(http, null, parsed);
    }

    public Task<JsonNode?> Get(string path, CancellationToken ct) => Send(HttpMethod.Get, path, null, ct);

    public Task<JsonNode?> Post(string path, object? body, CancellationToken ct) =>
        Send(HttpMethod.Post, path, Text(body ?? new JsonObject()), ct, _idempotencyKey);

    public Task<JsonNode?> Put(string path, object body, CancellationToken ct) => Send(HttpMethod.Put, path, Text(body), ct);

    public Task<JsonNode?> Patch(string path, JsonObject body, CancellationToken ct) =>
        Send(HttpMethod.Patch, path, Text(body), ct);

    public Task<JsonNode?> Delete(string path, CancellationToken ct) => Send(HttpMethod.Delete, path, null, ct);

    /// <summary>Replaces a thing by what is made of it as it stands; refused when somebody else changed it in between.</summary>
    public async Task<JsonNode?> Edit(string path, Func<JsonObject, JsonObject> change, CancellationToken ct)
    {
        using var get = new HttpRequestMessage(HttpMethod.Get, path);
        using var now = await Ask(get, ct);
        var thing = await Read(now, ct) as JsonObject ?? throw Stranger();
        using var put = new HttpRequestMessage(HttpMethod.Put, path) { Content = Json(Text(change(thing))) };
        if (now.Headers.ETag is { } version) put.Headers.IfMatch.Add(version);
        using var answer = await Ask(put, ct);
        return await Read(answer, ct);
    }

    /// <summary>All pages of a list.</summary>
    public async Task<IReadOnlyList<JsonNode>> List(string path, CancellationToken ct)
    {
        List<JsonNode> rows = [];
        string? next = null;
        do
        {
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var page = await Get(next is null ? path : $"{path}{separator}after={Uri.EscapeDataString(next)}", ct);
            foreach (var row in page?["data"]?.AsArray() ?? []) if (row is not null) rows.Add(row.DeepClone());
            next = page?["next"]?.GetValue<string>();
        }
        while (next is not null);
        return rows;
    }

    /// <summary>The text of an answer that is no JSON (CSV).</summary>
    public async Task<string> GetText(string path, string mediaType, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(mediaType));
        using var answer = await Ask(request, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        return answer.IsSuccessStatusCode ? text : throw Refused(answer, text);
    }

    /// <summary>Copies a text that may be too long for memory.</summary>
    public Task Copy(string path, TextWriter to, CancellationToken ct) => Copy(
        path, async from =>
        {
            using var text = new StreamReader(from, Encoding.UTF8);
            var part = new char[CopyChars];
            while (await text.ReadAsync(part, ct) is var count and > 0) await to.WriteAsync(part.AsMemory(0, count), ct);
            await to.FlushAsync(ct);
        }, ct);

    /// <summary>Copies a file that may be too long for memory.</summary>
    public Task Copy(string path, Stream to, CancellationToken ct) => Copy(path, from => from.CopyToAsync(to, ct), ct);

    private async Task Copy(string path, Func<Stream, Task> copy, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await Ask(request, ct, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode) throw Refused(answer, await answer.Content.ReadAsStringAsync(ct));
        await using var from = await answer.Content.ReadAsStreamAsync(ct);
        await copy(from);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_local is not null) await _local.DisposeAsync();
    }

    private async Task<JsonNode?> Send(
        HttpMethod method, string path, string? body, CancellationToken ct, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = Json(body);
        if (idempotencyKey is not null && !request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey))
            throw HostFault.Usage("--idempotency-key is a text of one line.");
        using var answer = await Ask(request, ct);
        return await Read(answer, ct);
    }

    private async Task<JsonNode?> Read(HttpResponseMessage answer, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode) throw Refused(answer, text);
        if (text.Length == 0) return null;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            throw Stranger();
        }
    }

    private HostFault Stranger() => new($"{_http.BaseAddress} does not answer like Sluice's API. Is the address right?");

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string Text(object body) => body switch
    {
        string text => text,
        JsonNode node => node.ToJsonString(),
        _ => JsonSerializer.Serialize(body, Platform.Http.Json),
    };

    private async Task<HttpResponseMessage> Ask(
        HttpRequestMessage request, CancellationToken ct,
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        try
        {
            return await _http.SendAsync(request, completion, ct);
        }
        catch (HttpRequestException error)
        {
            throw new NotReached($"{_http.BaseAddress} is not reached: {error.Message}");
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new NotReached($"{_http.BaseAddress} does not answer within {Timeout.TotalSeconds:0} seconds.");
        }
    }

    private static HostFault Refused(HttpResponseMessage answer, string text)
    {
        var status = (int)answer.StatusCode;
        try
        {
            if (JsonNode.Parse(text) is JsonObject problem && problem["title"] is { } title)
            {
                var faults = problem["faults"]?.AsArray().Select(fault => fault?.ToString() ?? "").ToList() ?? [];
                faults.RemoveAll(fault => fault == title.ToString());
                if (problem["detail"]?.ToString() is { Length: > 0 } detail) faults.Insert(0, detail);
                if (status >= 500 && answer.Headers.TryGetValues("X-Request-Id", out var ids))
                    faults.Add($"Request id: {string.Join("", ids)}");
                return new HostFault(title.ToString(), faults);
            }
        }
        catch (JsonException)
        {
            // Not ours: a proxy's page, perhaps. The status says what there is to say.
        }
        return status == 401
            ? new HostFault("The token is not accepted (401). Make one with 'sluice token create' on the server.")
            : new HostFault($"The server answered {status} {answer.ReasonPhrase}.");
    }
}

/// <summary>Nobody answered.</summary>
internal sealed class NotReached(string message) : Exception(message);
