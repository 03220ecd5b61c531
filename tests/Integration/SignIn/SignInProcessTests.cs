using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sluice.Integration.Chaos;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.SignIn;

/// <summary>Signing in over the real executable, one process and two.</summary>
public sealed class SignInProcessTests(PostgresCluster postgres, ITestOutputHelper output)
{
    private const string Password = "correct horse battery staple";

    [Fact]
    public async Task A_session_or_a_user_revoked_on_one_process_is_refused_by_another_within_a_second_under_load()
    {
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var here = await installation.Start("gateway,portal");
        var there = await installation.Start("gateway,portal");
        await using var load = new Load(there.Port, new LoadPlan(4, [Call.Single(key)], 1) { Pause = TimeSpan.FromMilliseconds(1) });
        await Until.True(() => load.Good > 100, "the other process is under load");

        var jane = Browser(here);
        var id = $"{(await jane.Post("auth/sign-up", new { email = "jane@example.org", password = Password }, 201))!["user"]}";
        var elsewhere = Browser(there);
        await elsewhere.Post("auth/sign-in", new { email = "jane@example.org", password = Password });
        await jane.Post("me/sessions/revoke-others");
        await Refused(elsewhere, "the session is refused there");

        await elsewhere.Post("auth/sign-in", new { email = "jane@example.org", password = Password });
        await here.Verb("user", "suspend", id, "--why", "Test.");
        await Refused(elsewhere, "the user is refused there");
        await Refused(jane, "the user is refused here");
        Assert.Contains("Test.", await here.Verb("user", "show", id), StringComparison.Ordinal);
        await here.Verb("user", "resume", id);
        await elsewhere.Post("auth/sign-in", new { email = "jane@example.org", password = Password });
        await load.Stop();
        Assert.DoesNotContain(load.Answers, answer => answer.Status != 200);
    }

    [Fact]
    public async Task The_console_makes_the_first_operator_and_the_command_line_the_next()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions { Database = await postgres.CreateDatabase() });
        var link = sluice.Output.Split('\n').Select(line => line.Trim()).Single(line => line.Contains("/first-operator?token=", StringComparison.Ordinal));
        Assert.StartsWith(sluice.BaseUrl.ToString(), link, StringComparison.Ordinal);
        var ops = Browser(sluice);
        await ops.Post("auth/first-operator", new { token = link.Split("token=")[1], email = "ops@example.org", password = Password }, 201);
        Assert.Equal("operator", $"{(await ops.Get("me"))!["platformRole"]}");

        var made = await sluice.VerbJson("user", "create", "jane@example.org", "--role", "viewer");
        var token = made.GetProperty("link").GetString()!.Split("token=")[1];
        var jane = Browser(sluice);
        await jane.Post("auth/reset/confirm", new { token, password = Password }, 204);
        await jane.Post("auth/sign-in", new { email = "jane@example.org", password = Password });
        Assert.Equal(2, (await jane.Get("users"))!["data"]!.AsArray().Count);
        Assert.Contains("jane@example.org", await sluice.Verb("user", "list"), StringComparison.Ordinal);
        await sluice.Verb("user", "role", "jane@example.org", "none");
        await jane.Get("users", 403);
        Assert.Contains("/reset?token=", await sluice.Verb("user", "reset", "jane@example.org"), StringComparison.Ordinal);
        await jane.Get("me", 401);
        await sluice.Shutdown();
        await sluice.Up();
        Assert.DoesNotContain("first-operator", sluice.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_keep_their_speed_while_sign_in_is_flooded()
    {
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var sluice = await installation.Start("gateway,portal,worker", ("SLUICE_GATEWAY__TRUSTEDPROXIES__0", "127.0.0.0/8"));
        await Rate(sluice, key);
        var alone = await Rate(sluice, key);
        // What as many requests cost that are refused before anything is compared: no address stands in them.
        var (answered, _) = await Flooded(sluice, key, _ => new { email = "none", password = "not the password" });
        // Each for an account and from a network of its own: nothing but the bound on hashing stands in the way.
        var (compared, statuses) = await Flooded(sluice, key, n => new { email = $"user{n}@example.org", password = "not the password" });
        var after = await Rate(sluice, key);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"calls a second: {alone:F0} alone, {answered:F0} while requests are refused unread, {compared:F0} while sign-in is flooded, {after:F0} after"));
        output.WriteLine($"sign-ins: {string.Join(", ", statuses.CountBy(status => status).Select(one => $"{one.Value} x {one.Key}"))}");
        Assert.Contains(401, statuses);
        Assert.Contains(503, statuses);
        Assert.True(compared > 0.75 * Math.Min(answered, after), $"{compared:F0} calls a second while flooded, {answered:F0} without hashing");
    }

    private static async Task<(double Rate, IReadOnlyCollection<int> Statuses)> Flooded(
        SluiceProcess sluice, string key, Func<int, object> body)
    {
        using var end = new CancellationTokenSource();
        var statuses = new ConcurrentBag<int>();
        var count = 0;
        var flood = Enumerable.Range(0, 32).Select(_ => Task.Run(async () =>
        {
            using var http = new HttpClient();
            while (!end.IsCancellationRequested)
            {
                var n = Interlocked.Increment(ref count);
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sluice.BaseUrl, "/api/v1/auth/sign-in"));
                request.Headers.Add("X-Forwarded-For", $"10.{n / 256 % 256}.{n % 256}.1");
                request.Content = JsonContent.Create(body(n));
                using var answer = await http.SendAsync(request);
                statuses.Add((int)answer.StatusCode);
                // As a client does that is told to come again, only much sooner.
                await Task.Delay(50);
            }
        })).ToArray();
        await Until.True(() => statuses.Count > 100, "the flood runs");
        var rate = await Rate(sluice, key);
        await end.CancelAsync();
        await Task.WhenAll(flood);
        return (rate, statuses);
    }

    private static async Task<double> Rate(SluiceProcess sluice, string key)
    {
        var span = TimeSpan.FromSeconds(4);
        // Paced: what is asked is whether calls suffer, not whether two floods share a machine.
        await using var load = new Load(sluice.Port, new LoadPlan(4, [Call.Single(key)], 1) { Pause = TimeSpan.FromMilliseconds(1) });
        await Until.True(() => load.Good > 50, "calls are answered");
        var (begin, clock) = (load.Good, Stopwatch.StartNew());
        await Until.True(() => clock.Elapsed >= span, "the time is over");
        return (load.Good - begin) / clock.Elapsed.TotalSeconds;
    }

    private static async Task Refused(Person person, string what)
    {
        var clock = Stopwatch.StartNew();
        await Until.True(async () => await person.Status("me") == 401, what);
        Assert.True(clock.Elapsed <= TimeSpan.FromSeconds(1), $"{what}: only after {clock.Elapsed}");
    }

    private static Person Browser(SluiceProcess sluice) => new(sluice.BaseUrl, "curl/8.5.0", new LogLines());
}
