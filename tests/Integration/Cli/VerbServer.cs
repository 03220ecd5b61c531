using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Sluice.Host.Cli;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Integration.Cli;

/// <summary>What a command did.</summary>
internal sealed record Ran(int Code, string Out, string Error)
{
    public JsonNode? Json => JsonNode.Parse(Out);
}

/// <summary>Whose token a command has.</summary>
internal enum Who
{
    Operator,
    Organization,
    Person,
}

/// <summary>
/// The real program, with an organization, its token and a person in it. Commands run in the process of the tests, by the
/// entry that the program has, against that server.
/// </summary>
public sealed class VerbServer(PostgresCluster postgres) : IAsyncLifetime
{
    private const string Password = "quiet river under stone bridges";
    public const int Columns = 80;

    // One with the operator's token, one with nothing.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false });
    private readonly HttpClient _bare = new(new SocketsHttpHandler { UseCookies = false });
    private readonly Dictionary<Who, string> _tokens = [];
    private NpgsqlDataSource _source = null!;
    private int _count;

    public SluiceProcess Sluice { get; private set; } = null!;

    /// <summary>The description of the API.</summary>
    public JsonNode Document { get; private set; } = null!;

    public TemporaryDirectory Folder { get; } = new("verbs");

    public string Organization { get; private set; } = "";

    public string App { get; private set; } = "";

    public string Person { get; private set; } = "";

    public string PersonEmail => "ada@example.org";

    public async ValueTask InitializeAsync()
    {
        var database = await postgres.CreateDatabase();
        _source = NpgsqlDataSource.Create(database);
        Sluice = await SluiceProcess.Start(new SluiceOptions
        {
            Database = database,
            Environment = new Dictionary<string, string?>
            {
                ["SLUICE_EXTERNALISSUER__URL"] = "https://issuer.example.org",
                ["SLUICE_EXTERNALISSUER__AUDIENCE"] = "https://gateway.example.org",
            },
        });
        (_http.BaseAddress, _bare.BaseAddress) = (Sluice.BaseUrl, Sluice.BaseUrl);
        Document = JsonNode.Parse(await _http.GetStringAsync(new Uri("/openapi.json", UriKind.Relative)))!;
        var made = await Sluice.VerbJson("token", "create", "--operator", "--name", "Tests");
        _tokens[Who.Operator] = made.GetProperty("secret").GetString()!;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _tokens[Who.Operator]);
        Organization = await Make("organizations", new { name = "Home" });
        await Ask(HttpMethod.Put, $"organizations/{Organization}/plan", new { plan = "free" });
        App = await Make($"organizations/{Organization}/apps", new { name = "Shop" });
        _tokens[Who.Organization] = (await Post(
            "tokens", new { name = "Own", kind = "organization", organization = Organization }))["secret"]!.ToString();
        await SignUp();
        await Serve();
    }

    /// <summary>Runs <c>sluice</c> with these arguments against the server.</summary>
    internal Task<Ran> Run(Who who, params string[] arguments) => RunBare([.. arguments, .. At(_tokens[who])]);

    /// <summary>The options that lead to the server.</summary>
    internal string[] At(string token) => ["--server", Sluice.BaseUrl.ToString(), "--token", token];

    internal static async Task<Ran> RunBare(string[] arguments, string input = "")
    {
        await using var said = new StringWriter();
        await using var complained = new StringWriter();
        using var typed = new StringReader(input);
        var code = await CommandLine.Run(
            arguments, new Terminal(typed, said, complained, Columns), TestContext.Current.CancellationToken);
        return new Ran(code, said.ToString(), complained.ToString());
    }

    public string Unique(string word = "Thing") => $"{word} {Interlocked.Increment(ref _count)}";

    public async Task<JsonNode> Ask(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1/{path}");
        if (body is not null) request.Content = JsonContent.Create(body);
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public Task<JsonNode> Post(string path, object body) => Ask(HttpMethod.Post, path, body);

    public Task<JsonNode> Get(string path) => Ask(HttpMethod.Get, path);

    /// <summary>Makes a thing and returns its id.</summary>
    public async Task<string> Make(string path, object body)
    {
        var made = await Post(path, body);
        return (made["id"] ?? made["key"]?["id"] ?? made["webhook"]?["id"] ?? made["user"]?["id"])!.ToString();
    }

    public async Task<object?> Sql(string text, params object[] values)
    {
        await using var command = _source.CreateCommand(text);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync();
    }

    public Guid UserKey => WireId.TryParse<UserId>(Person, out var user) ? user.Value : Guid.Empty;

    // As a person does it: chooses a password by the link of an operator, signs in, makes a token; and has one of everything.
    private async Task SignUp()
    {
        var made = await Post("users", new { email = PersonEmail, name = "Ada" });
        Person = made["user"]!["id"]!.ToString();
        await Post("auth/reset/confirm", new { token = made["link"]!.ToString().Split("token=")[1], password = Password });
        using var begun = await _bare.PostAsJsonAsync("/api/v1/auth/sign-in", new { email = PersonEmail, password = Password });
        begun.EnsureSuccessStatusCode();
        var cookie = begun.Headers.GetValues("Set-Cookie").Single(line => line.StartsWith("__Host-sluice=", StringComparison.Ordinal));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tokens")
        {
            Content = JsonContent.Create(new { name = "Mine", kind = "personal" }),
        };
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        using var answer = await _bare.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        _tokens[Who.Person] = JsonNode.Parse(text)!["secret"]!.ToString();
        await Sql($"""
            INSERT INTO tenants.members (organization_id, user_id, role, since)
                SELECT id, $1, 'owner', now() FROM tenants.organizations WHERE name = 'Home';
            """, UserKey);
        await Sql("""
            INSERT INTO tenants.passkeys (id, user_id, name, credential_id, public_key, sign_count, transports,
                is_backup_eligible, is_backed_up, created_at)
            VALUES (gen_random_uuid(), $1, 'Laptop', '\x01', '\x00', 0, '{}', false, false, now())
            """, UserKey);
        await Sql("""
            INSERT INTO tenants.wallets (id, user_id, name, address, chain_id, created_at)
            VALUES (gen_random_uuid(), $1, 'Ledger', substring(sha256('\x01') FROM 1 FOR 20), 0, now())
            """, UserKey);
        await Sql("""
            INSERT INTO tenants.grants (id, user_id, session_id, created_at, last_used_at, expires_at, ip_prefix, agent)
            SELECT gen_random_uuid(), $1, id, now(), now(), now() + interval '1 day', '127.0.0.0/24', 'Program' FROM tenants.sessions
            WHERE user_id = $1 LIMIT 1
            """, UserKey);
    }

    // A service of plain HTTP in front of the program itself, and one call to it that is in usage and log.
    private async Task Serve()
    {
        await File.WriteAllTextAsync(Folder["catalog.json"], $$"""
            {"services": [{"name": "self", "title": "Itself", "protocol": "http", "enabled": true,
              "prices": {"defaultUnits": 3},
              "upstreams": [{"name": "main", "url": "{{Sluice.BaseUrl.ToString().TrimEnd('/')}}"}]}]}
            """);
        await File.WriteAllTextAsync(Folder["plans.json"], """{"plans": []}""");
        await Ask(HttpMethod.Post, "services/import", JsonNode.Parse(await File.ReadAllTextAsync(Folder["catalog.json"])));
        var key = (await Post($"apps/{App}/keys", new { name = "Call" }))["secret"]!.ToString();
        await Until.True(
            async () =>
            {
                using var call = new HttpRequestMessage(HttpMethod.Get, "/v1/self/health/live");
                call.Headers.Add("X-API-Key", key);
                using var answer = await _bare.SendAsync(call);
                return answer.IsSuccessStatusCode;
            },
            "a call goes through");
        await Until.True(
            async () => (await Get($"usage?organization={Organization}&bucket=total"))["data"]!.AsArray().Count > 0, "it is in the rollups");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _bare.Dispose();
        await Sluice.DisposeAsync();
        await _source.DisposeAsync();
        Folder.Dispose();
    }
}
