using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sluice.Host.Database;
using Sluice.Kernel;
using Sluice.Platform.Api;
using Sluice.Platform.Audit;
using Sluice.Platform.Catalog;
using Sluice.Platform.Jobs;
using Sluice.Platform.Keys;
using Sluice.Platform.Notices;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Rooms;

/// <summary>The routes of Tenants, Catalog, Keys and Notices over real Kestrel and a real database.</summary>
internal sealed class RoomsApi : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sluice-rooms");
    private readonly WebApplication _app;
    private readonly HttpClient _http = new();

    private RoomsApi(string database)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSluiceDatabase(database);
        builder.Services.AddApi().AddAudit().AddJobs(dispatch: false).AddTenants().AddCatalog().AddKeys().AddNotices(deliver: false);
        builder.Services.Configure<CatalogOptions>(
            options => options.KeyRingFile = Path.Combine(_folder.FullName, "ring.json"));
        _app = builder.Build();
        _app.UseAuthentication();
        _app.UseAuthorization();
        _app.MapGroup("/api/v1").MapTenants().MapCatalog().MapKeys().MapNotices();
    }

    /// <summary>An operator's token.</summary>
    public string Operator { get; private set; } = "";

    public ITenants Tenants => _app.Services.GetRequiredService<ITenants>();

    /// <summary>Verb and pattern of every route.</summary>
    public IEnumerable<string> Routes =>
        from endpoint in _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from verb in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
        select $"{verb} {endpoint.RoutePattern.RawText!["/api/v1/".Length..].TrimEnd('/')}";

    public static async Task<RoomsApi> Start(string database)
    {
        var api = new RoomsApi(database);
        await api._app.StartAsync();
        api._http.BaseAddress = new Uri(api._app.Urls.Single());
        api.Operator = await api.Token(null);
        return api;
    }

    /// <summary>A token of an organization, or an operator's.</summary>
    public async Task<string> Token(OrganizationId? organization) =>
        (await Tenants.CreateToken(new(organization, "test", null), Actor.System)).Value.Secret;

    /// <summary>A new organization with a token of its own.</summary>
    public async Task<(OrganizationId Id, string Token)> Organization(string name)
    {
        var id = (await Tenants.CreateOrganization(name, Actor.System)).Value.Id;
        return (id, await Token(id));
    }

    /// <summary>The JSON of an answer that must have this status, as a problem where it is a refusal.</summary>
    public Task<JsonNode?> Send(HttpMethod method, string path, string? token, string? body, int status) =>
        SendContent(method, path, token, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), status);

    public async Task<JsonNode?> SendContent(HttpMethod method, string path, string? token, HttpContent? body, int status)
    {
        using var request = new HttpRequestMessage(method, "/api/v1/" + path) { Content = body };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((HttpStatusCode)status == response.StatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        if (status >= 400) Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <summary>The answer to a request with a JSON body and headers, whatever its status.</summary>
    public async Task<RawAnswer> Ask(
        HttpMethod method, string path, string token, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, "/api/v1/" + path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request);
        return new RawAnswer(
            (int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.Tag,
            response.Headers.Contains("Idempotency-Replayed"))
        {
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

internal sealed record RawAnswer(int Status, string Text, string? Tag, bool Replayed)
{
    public TimeSpan? RetryAfter { get; init; }

    public string? Code => JsonNode.Parse(Text)?["code"]?.ToString();
}
