using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Integration.Jobs;

/// <summary>What operators see and do of jobs, over the API and from the command line of the real executable.</summary>
public sealed class JobVerbsTests(JobVerbsTests.Running running) : IClassFixture<JobVerbsTests.Running>
{
    private const string Kind = "jobs.retention";

    [Fact]
    public async Task Waiting_job_is_listed_shown_cancelled_and_run_anew()
    {
        var id = await running.Waiting("now() + interval '1 hour'");
        var listed = await running.Sluice.VerbJson("job", "list", "--state", "waiting", "--name", Kind);
        Assert.Contains(listed.GetProperty("data").EnumerateArray(), row => row.GetProperty("id").GetString() == id);
        var shown = await running.Sluice.Verb("job", "show", id);
        Assert.Contains(Kind, shown, StringComparison.Ordinal);
        Assert.Contains("waiting", shown, StringComparison.Ordinal);

        Assert.Contains("cancelled", await running.Sluice.Verb("job", "cancel", id), StringComparison.Ordinal);
        Assert.Equal("cancelled", await running.State(id));
        Assert.Equal("jobs.state-wrong", await running.Refused(HttpMethod.Post, $"jobs/{id}/cancel", 409));
        await running.Sluice.Verb("job", "retry", id);
        await running.Reaches(id, "done");
        Assert.Equal("jobs.state-wrong", await running.Refused(HttpMethod.Post, $"jobs/{id}/retry", 409));
    }

    [Fact]
    public async Task Dead_letter_shows_its_failures_and_is_run_anew_with_all_its_attempts()
    {
        var id = await running.Dead("planted");
        var dead = await running.Sluice.Verb("job", "list", "--state", "dead");
        Assert.Contains(id, dead, StringComparison.Ordinal);
        Assert.Contains("planted", await running.Sluice.Verb("job", "show", id), StringComparison.Ordinal);
        var details = await running.Get($"jobs/{id}");
        Assert.Equal("planted", details["failures"]![0]!["error"]!.ToString());
        await running.Sluice.Verb("job", "retry", id);
        await running.Reaches(id, "done");
        Assert.Equal(1, (int)(await running.Get($"jobs/{id}"))["job"]!["attempts"]!);
    }

    [Fact]
    public async Task Paused_queue_begins_nothing_until_it_goes_on()
    {
        Assert.Contains("paused", await running.Sluice.Verb("queue", "pause", "jobs"), StringComparison.Ordinal);
        try
        {
            var id = await running.Waiting("now()");
            var queue = (await running.Get("queues"))["data"]!.AsArray().Single(row => row!["name"]!.ToString() == "jobs")!;
            Assert.NotNull(queue["pausedAt"]);
            Assert.True((long)queue["waiting"]! >= 1);
            Assert.Equal("waiting", await running.State(id));
            await running.Sluice.Verb("queue", "resume", "jobs");
            await running.Reaches(id, "done");
            Assert.Contains("jobs", await running.Sluice.Verb("queue", "list"), StringComparison.Ordinal);
        }
        finally
        {
            await running.Sluice.Verb("queue", "resume", "jobs");
        }
        Assert.Equal("jobs.queue-unknown", await running.Refused(HttpMethod.Post, "queues/nowhere/pause", 404));
    }

    [Fact]
    public async Task Schedule_is_held_let_go_and_run_besides_its_times()
    {
        Assert.Contains("paused", await running.Sluice.Verb("schedule", "pause", Kind), StringComparison.Ordinal);
        Assert.NotNull((await running.Schedule(Kind))["pausedAt"]);
        await running.Sluice.Verb("schedule", "resume", Kind);
        Assert.Null((await running.Schedule(Kind))["pausedAt"]);
        var before = (await running.Schedule(Kind))["lastJob"]?.ToString();
        await running.Sluice.Verb("schedule", "run", Kind);
        string? ran = null;
        await Until.True(
            async () => (ran = (await running.Schedule(Kind))["lastJob"]?.ToString()) is not null && ran != before, "it was run");
        await running.Reaches(ran!, "done");
        Assert.Contains(Kind, await running.Sluice.Verb("schedule", "list"), StringComparison.Ordinal);
        foreach (var verb in new[] { "run", "pause", "resume" })
            Assert.Equal("jobs.schedule-unknown", await running.Refused(HttpMethod.Post, $"schedules/nowhere/{verb}", 404));
    }

    [Fact]
    public async Task Fact_that_was_given_up_is_listed_and_delivered_anew()
    {
        // Nobody of that name is there, so it fails again, which is a look at it.
        var id = (long)(await running.Scalar("""
            INSERT INTO jobs.outbox (fact, subscriber, body, recorded_at, due_at, attempts, last_error, given_up_at)
            VALUES ('tests.fact', 'tests.nobody', '{}', now(), now(), 9, 'planted', now()) RETURNING id
            """))!;
        Assert.Contains("planted", await running.Sluice.Verb("fact", "list"), StringComparison.Ordinal);
        await running.Sluice.Verb("fact", "retry", $"{id}");
        await Until.True(
            async () => (await running.Get("facts?state=waiting"))["data"]!.AsArray()
                .Any(row => (long)row!["id"]! == id && row["lastError"]!.ToString().Contains("tests.nobody", StringComparison.Ordinal)),
            "it was tried again");
        Assert.Equal("jobs.fact-unknown", await running.Refused(HttpMethod.Post, "facts/999999999/retry", 404));
        Assert.Equal("jobs.fact-unknown", await running.Refused(HttpMethod.Post, "facts/none/retry", 404));
    }

    [Fact]
    public async Task List_goes_by_pages_and_says_what_it_does_not_understand()
    {
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add(await running.Dead($"page {i}", queue: "pages"));
        var first = await running.Get("jobs?queue=pages&limit=2");
        var second = await running.Get($"jobs?queue=pages&limit=2&after={first["next"]}");
        Assert.Null(second["next"]);
        Assert.Equal(
            // Those of one millisecond have no order among them but that of their ids.
            ids.OrderDescending(StringComparer.Ordinal),
            first["data"]!.AsArray().Concat(second["data"]!.AsArray()).Select(row => row!["id"]!.ToString()));
        foreach (var query in new[] { "state=gone", "limit=0", "limit=501", "after=none", "colour=red" })
            Assert.Equal("api.query-invalid", await running.Refused(HttpMethod.Get, $"jobs?{query}", 400));
        foreach (var id in new[] { "none", WireId.New<JobId>().ToString(), WireId.New<AppId>().ToString() })
            foreach (var (method, path) in new[] { (HttpMethod.Get, ""), (HttpMethod.Post, "/retry"), (HttpMethod.Post, "/cancel") })
                Assert.Equal("jobs.job-unknown", await running.Refused(method, $"jobs/{id}{path}", 404));
    }

    /// <summary>One installation for all.</summary>
    public sealed class Running(PostgresCluster postgres) : IAsyncLifetime
    {
        private readonly HttpClient _http = new();
        private NpgsqlDataSource _source = null!;

        public SluiceProcess Sluice { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var database = await postgres.CreateDatabase();
            _source = NpgsqlDataSource.Create(database);
            Sluice = await SluiceProcess.Start(new SluiceOptions { Database = database });
            var token = await Sluice.VerbJson("token", "create", "--operator", "--name", "test");
            _http.BaseAddress = new Uri(Sluice.BaseUrl, "/api/v1/");
            _http.DefaultRequestHeaders.Authorization =
                new AuthenticationHeaderValue("Bearer", token.GetProperty("secret").GetString());
        }

        public async Task<object?> Scalar(string sql, params object[] values)
        {
            await using var command = _source.CreateCommand(sql);
            foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
            return await command.ExecuteScalarAsync();
        }

        public async Task<string> Waiting(string due)
        {
            var id = WireId.New<JobId>();
            await Scalar($"""
                INSERT INTO jobs.live (id, queue, name, arguments, created_at, due_at, attempts_max)
                VALUES ($1, 'jobs', '{Kind}', '{JsonSerializer.Serialize(new object())}', now(), {due}, 3)
                """, id.Value);
            return id.ToString();
        }

        public async Task<string> Dead(string error, string queue = "jobs")
        {
            var id = WireId.New<JobId>();
            await Scalar($"""
                INSERT INTO jobs.finished (
                    id, queue, name, arguments, created_at, due_at, attempts, attempts_max, fence, finished_at, outcome, failures)
                VALUES ($1, $2, '{Kind}', '{JsonSerializer.Serialize(new object())}', now(), now(), 3, 3, 3, now(), 3,
                    jsonb_build_array(jsonb_build_object('attempt', 3, 'at', now(), 'error', $3::text)))
                """, id.Value, queue, error);
            return id.ToString();
        }

        public async Task<JsonNode> Get(string path) =>
            JsonNode.Parse(await _http.GetStringAsync(new Uri(path, UriKind.Relative)))!;

        public async Task<string> State(string job) => (await Get($"jobs/{job}"))["job"]!["state"]!.ToString();

        public Task Reaches(string job, string state) => Until.True(async () => await State(job) == state, $"{job} is {state}");

        public async Task<JsonNode> Schedule(string name) =>
            (await Get("schedules"))["data"]!.AsArray().Single(row => row!["name"]!.ToString() == name)!;

        public async Task<string> Refused(HttpMethod method, string path, int status)
        {
            using var request = new HttpRequestMessage(method, path);
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(status == (int)answer.StatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
            return JsonNode.Parse(text)!["code"]!.ToString();
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await Sluice.DisposeAsync();
            await _source.DisposeAsync();
        }
    }
}
