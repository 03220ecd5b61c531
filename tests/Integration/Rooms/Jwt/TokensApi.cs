using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sluice.Host.Database;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside;
using Sluice.Platform.Tenants.Inside.Jwt;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Integration.Rooms.Jwt;

/// <summary>The routes of Tenants and the OAuth endpoints over real Kestrel, with a clock that is set.</summary>
internal sealed class TokensApi : IAsyncDisposable
{
    public const string Issuer = "https://sluice.example";
    public const string SessionGrant = "urn:sluice:params:oauth:grant-type:session";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sluice-tokens");
    private readonly WebApplication _app;
    private readonly HttpClient _http = new();
    private int _people;

    private TokensApi(string database, ManualTime? time, string? ring, Action<IServiceCollection>? more)
    {
        Database = database;
        Time = time ?? new ManualTime();
        RingFile = ring ?? Path.Combine(_folder.FullName, "ring.json");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSluiceDatabase(database);
        builder.Services.AddSingleton<IOutbox>(Mails);
        builder.Services.AddSingleton<ISecretBox>(new AesSecretBox(RingFile, TimeProvider.System));
        builder.Services.AddAudit().AddTenants();
        builder.Services.Configure<AccessTokensOptions>(options => options.Issuer = new Uri(Issuer));
        more?.Invoke(builder.Services);
        _app = builder.Build();
        _app.UseAuthentication();
        _app.UseAuthorization();
        _app.MapGroup("/api/v1").MapTenants();
        _app.MapTenantsOAuth();
    }

    public string Database { get; }
    public string RingFile { get; }
    public ManualTime Time { get; }
    public WantedMails Mails { get; } = new();

    public TokenDesk Desk => Get<TokenDesk>();

    public static async Task<TokensApi> Start(PostgresCluster postgres, Action<IServiceCollection>? more = null) =>
        await Start(new TokensApi(await postgres.CreateDatabase(), null, null, more));

    /// <summary>A second process of the same installation.</summary>
    public Task<TokensApi> Another() => Start(new TokensApi(Database, Time, RingFile, null));

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>A person with a session, as the database has both now.</summary>
    public async Task<Actor> SignedIn(string platform = "none")
    {
        var (user, session) = (WireId.New<UserId>(), WireId.New<SessionId>());
        var email = $"person{Interlocked.Increment(ref _people)}@example.org";
        await Execute("""
            INSERT INTO tenants.users (id, email, email_key, email_verified_at, name, created_at, platform_role)
            VALUES ($1, $2, $2, now(), 'Somebody', now(), $3)
            """, user.Value, email, platform);
        await Execute("""
            INSERT INTO tenants.sessions (id, hash, user_id, created_at, last_seen_at, expires_at, ip_prefix, device, proved_at)
            VALUES ($1, sha256($2), $3, $4, $4, $5, '127.0.0.0/24', 'Test', $4)
            """, session.Value, session.Value.ToByteArray(), user.Value, Time.GetUtcNow(), Time.GetUtcNow().AddYears(1));
        return (await Get<Memberships>().Person(user, CancellationToken.None))! with { Session = session };
    }

    /// <summary>Tokens of a new grant to the actor's session.</summary>
    public async Task<TokenAnswer> Grant(Actor actor, string? scope = null) =>
        (await Desk.ForSession(actor, scope, CancellationToken.None)).Value;

    public async Task<(int Status, JsonNode Body)> Form(string path, params (string Name, string Value)[] members)
    {
        using var response = await _http.PostAsync(
            path, new FormUrlEncodedContent(members.Select(one => KeyValuePair.Create(one.Name, one.Value))));
        return await Read(response);
    }

    public Task<(int Status, JsonNode Body)> Refresh(string token, string? scope = null) => scope is null
        ? Form("/auth/token", ("grant_type", "refresh_token"), ("refresh_token", token))
        : Form("/auth/token", ("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope));

    /// <summary>The cookie of a person's session, under a secret of its own.</summary>
    public async Task<string> Cookie(Actor actor)
    {
        var secret = SecretText.New();
        await Execute("UPDATE tenants.sessions SET hash = $1 WHERE id = $2", SecretText.Hash(secret)!, actor.Session!.Value.Value);
        return $"{SessionCookie.Name}={secret}";
    }

    public async Task<(int Status, JsonNode Body)> Send(
        HttpMethod method, string path, string? token, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request);
        return await Read(response);
    }

    public Task<(int Status, JsonNode Body)> Me(string? token) => Send(HttpMethod.Get, "/api/v1/me/grants", token);

    public async Task<HttpResponseMessage> Answer(string path, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _http.SendAsync(request);
    }

    public async Task Execute(string sql, params object[] values)
    {
        await using var command = Get<NpgsqlDataSource>().CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> Scalar(string sql)
    {
        await using var command = Get<NpgsqlDataSource>().CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static async Task<TokensApi> Start(TokensApi api)
    {
        await api._app.StartAsync();
        api._http.BaseAddress = new Uri(api._app.Urls.Single());
        return api;
    }

    private static async Task<(int, JsonNode)> Read(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!);
    }
}
