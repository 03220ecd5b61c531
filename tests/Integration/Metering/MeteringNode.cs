using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sluice.Host.Database;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Metering;
using Sluice.Platform.Tenants;

namespace Sluice.Integration.Metering;

/// <summary>The routes of Metering, over real Kestrel, of a node with a disk of its own.</summary>
internal sealed class MeteringNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private MeteringNode(WebApplication app, string folder)
    {
        (_app, Folder) = (app, folder);
        _http = new HttpClient { BaseAddress = new Uri(Url) };
    }

    public string Folder { get; }

    public string Url => _app.Urls.Single();

    public IJournals Journals => _app.Services.GetRequiredService<IJournals>();

    public static async Task<MeteringNode> Start(string connection, string internalToken = "")
    {
        var folder = MeteringSetup.NewFolder();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSluiceDatabase(connection);
        builder.Services.AddAudit().AddTenants().AddMetering();
        builder.Services.Configure<MeteringOptions>(o => (o.JournalsDirectory, o.InternalToken) = (folder, internalToken));
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGroup("/api/v1").MapMetering();
        app.MapMeteringInternal();
        await app.StartAsync();
        return new MeteringNode(app, folder);
    }

    /// <summary>A new token: an organization's, with a new organization, or an operator's.</summary>
    public async Task<(OrganizationId? Organization, string Token)> Token(string? organization)
    {
        var tenants = _app.Services.GetRequiredService<ITenants>();
        var id = organization is null
            ? (OrganizationId?)null
            : (await tenants.CreateOrganization(organization, Actor.System)).Value.Id;
        return (id, (await tenants.CreateToken(new TokenRequest(id, "test", null), Actor.System)).Value.Secret);
    }

    public async Task<(int Status, string Type, string Text)> Get(string path, string? token, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        using var answer = await _http.SendAsync(request);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType ?? "", await answer.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
