using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sluice.Host.Database;
using Sluice.Integration.Processes;
using Sluice.Integration.Rooms;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.SignIn;

/// <summary>
/// The routes of people over real Kestrel and a real database, with a clock that is advanced by hand, a mailbox, and every
/// line that is logged.
/// </summary>
internal sealed class SignInApi : IAsyncDisposable
{
    public const string Password = "correct horse battery staple";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sluice-signin");
    private readonly WebApplication _app;

    private SignInApi(string database, Action<TenantsOptions>? configure, Action<IServiceCollection>? add)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        builder.Logging.AddProvider(Log);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSluiceDatabase(database);
        builder.Services.AddAudit().AddJobs(dispatch: true).AddTenants();
        builder.Services.Configure<JobsOptions>(jobs => jobs.PollMs = 20);
        builder.Services.Configure<TenantsOptions>(tenants => configure?.Invoke(tenants));
        builder.Services.AddSingleton<ISecretBox>(new AesSecretBox(Path.Combine(_folder.FullName, "ring.json"), Time));
        builder.Services.AddSingleton(Mails);
        builder.Services.AddSubscriber<MailWanted, Mailbox>("tests.mailbox");
        add?.Invoke(builder.Services);
        _app = builder.Build();
        _app.UseAuthentication();
        _app.UseAuthorization();
        _app.MapGroup("/api/v1").MapTenants();
    }

    public ManualTime Time { get; } = new();

    public Mailbox Mails { get; } = new();

    public LogLines Log { get; } = new();

    public Uri Url { get; private set; } = null!;

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public static async Task<SignInApi> Start(
        string database, Action<TenantsOptions>? configure = null, Action<IServiceCollection>? add = null)
    {
        var api = new SignInApi(database, configure, add);
        await api._app.StartAsync();
        api.Url = new Uri(api._app.Urls.Single());
        return api;
    }

    /// <summary>Somebody with a browser who is not signed in yet.</summary>
    public Person Person(string agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0") => new(Url, agent, Log);

    /// <summary>Somebody who signed up just now.</summary>
    public async Task<Person> SignUp(string email)
    {
        var person = Person();
        await person.Post("auth/sign-up", new { email, password = Password }, 201);
        return person;
    }

    /// <summary>Somebody who signed up and opened the link in the mail.</summary>
    public async Task<Person> SignUpProved(string email)
    {
        var person = await SignUp(email);
        await person.Post("auth/verify", new { token = await LinkTo(email, MailTemplates.Verify) }, 200);
        return person;
    }

    /// <summary>The token of the link in the newest mail of a kind to an address, once it is there.</summary>
    public async Task<string> LinkTo(string email, string template)
    {
        var mail = await MailTo(email, template);
        return mail.Values["link"].Split("token=")[1];
    }

    public async Task<MailWanted> MailTo(string email, string template)
    {
        MailWanted? mail = null;
        await Until.True(
            () => (mail = Mails.To(email).LastOrDefault(one => one.Template == template)) is not null, $"{template} to {email}");
        return mail!;
    }

    /// <summary>Waits until every fact is handled: what was not mailed by then never will be.</summary>
    public Task Settled() => Until.True(async () => await Scalar("SELECT count(*) FROM jobs.outbox") == 0, "all facts are handled");

    public async Task<long> Scalar(string sql)
    {
        await using var command = Get<NpgsqlDataSource>().CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Log.Dispose();
        _folder.Delete(recursive: true);
    }
}

/// <summary>A browser: it keeps the cookies of its session and of what it was asked, and sends them.</summary>
internal sealed class Person(Uri server, string agent, LogLines log)
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseCookies = false });

    /// <summary>The session's secret; null when signed out.</summary>
    public string? Secret { get; set; }

    /// <summary>What it holds until it answers what it was asked; null when nothing.</summary>
    public string? Challenge { get; set; }

    /// <summary>Every secret that it ever held.</summary>
    public List<string> Secrets { get; } = [];

    public HttpResponseMessage? Last { get; private set; }

    public Task<JsonNode?> Get(string path, int status = 200) => Send(HttpMethod.Get, path, null, status);

    public Task<JsonNode?> Post(string path, object? body = null, int status = 200) => Send(HttpMethod.Post, path, body, status);

    public Task<JsonNode?> Patch(string path, object body, int status = 200) => Send(HttpMethod.Patch, path, body, status);

    public Task<JsonNode?> Put(string path, object body, int status = 200) => Send(HttpMethod.Put, path, body, status);

    /// <summary>The code of a refusal.</summary>
    public async Task<string> Refused(string path, object? body, int status) =>
        (await Post(path, body, status))!["code"]!.ToString();

    public async Task<JsonNode?> Send(
        HttpMethod method, string path, object? body, int status, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(server, "/api/v1/" + path));
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        string?[] cookies =
        [
            Secret is null ? null : $"{SessionCookie.Name}={Secret}",
            Challenge is null ? null : $"{ChallengeCookie.Name}={Challenge}",
        ];
        if (cookies.Any(cookie => cookie is not null))
            request.Headers.Add("Cookie", string.Join("; ", cookies.Where(cookie => cookie is not null)));
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = new StringContent(body as string ?? System.Text.Json.JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        var answer = await Http.SendAsync(request);
        Last = answer;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((HttpStatusCode)status == answer.StatusCode, $"{method} {path}: {(int)answer.StatusCode} {text} {log.Fault}");
        Keep(answer);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <summary>The status of an answer, whatever it is.</summary>
    public async Task<int> Status(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, "/api/v1/" + path));
        request.Headers.Add("Cookie", $"{SessionCookie.Name}={Secret}");
        using var answer = await Http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private void Keep(HttpResponseMessage answer)
    {
        if (!answer.Headers.TryGetValues("Set-Cookie", out var cookies)) return;
        foreach (var cookie in cookies)
        {
            Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
            var parts = cookie.Split(';')[0].Split('=', 2);
            var value = parts[1].Length == 0 ? null : parts[1];
            if (parts[0] == ChallengeCookie.Name) Challenge = value;
            else Secret = value;
            if (value is not null) Secrets.Add(value);
        }
    }
}

/// <summary>What was mailed.</summary>
internal sealed class Mailbox : ISubscriber<MailWanted>
{
    private readonly ConcurrentQueue<MailWanted> _mails = new();

    public IEnumerable<MailWanted> All => _mails;

    public IEnumerable<MailWanted> To(string email) => _mails.Where(mail => mail.To == email);

    public Task Handle(MailWanted fact, UnitOfWork work, CancellationToken ct = default)
    {
        _mails.Enqueue(fact);
        return Task.CompletedTask;
    }
}

/// <summary>Everything that was logged, with its scopes' values left out and its faults in.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join('\n', _lines);

    public int Count => _lines.Count;

    /// <summary>The last line that tells of an exception.</summary>
    public string? Fault => _lines.LastOrDefault(line => line.Contains("Exception", StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull
    {
        _lines.Enqueue(state.ToString() ?? "");
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}
