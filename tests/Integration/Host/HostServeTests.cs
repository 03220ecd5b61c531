using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Host;

public sealed class HostServeTests
{
    private static readonly SluiceOptions Plain = new();

    [Fact]
    public async Task Serve_keeps_everything_when_it_is_stopped_and_started_again()
    {
        await using var sluice = await SluiceProcess.Start(Plain);
        await sluice.Verb("org", "create", "Kept");
        Assert.Equal(0, await sluice.Shutdown());
        Assert.Empty(ProcessesOf(sluice.Data));
        await sluice.Up();
        Assert.Contains("Kept", await sluice.Verb("org", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_adopts_the_database_when_only_the_gateway_was_killed()
    {
        await using var sluice = await SluiceProcess.Start(Plain);
        await sluice.Verb("org", "create", "Adopted");
        var server = Postmaster(sluice.Data);
        await sluice.Crash();
        await sluice.Up();
        Assert.Equal(server, Postmaster(sluice.Data));
        Assert.Contains("Adopted", await sluice.Verb("org", "list"), StringComparison.Ordinal);
        await sluice.Shutdown();
        Assert.Empty(ProcessesOf(sluice.Data));
    }

    [Fact]
    public async Task Serve_recovers_by_itself_when_everything_was_killed()
    {
        await using var sluice = await SluiceProcess.Start(Plain);
        await sluice.Verb("org", "create", "Survivor");
        await sluice.Crash();
        var server = Postmaster(sluice.Data);
        foreach (var child in Children(server).Prepend(server)) Kill(child);
        await Until.True(() => ProcessesOf(sluice.Data).Count == 0, "everything is dead");
        await sluice.Up();
        Assert.NotEqual(server, Postmaster(sluice.Data));
        Assert.Contains("Survivor", await sluice.Verb("org", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_starts_when_the_number_of_the_dead_database_belongs_to_another_process()
    {
        await using var sluice = await SluiceProcess.Start(Plain);
        await sluice.Shutdown();
        // As after a reboot: the file names a process that lives and is something else.
        var file = Path.Combine(sluice.Data, "postgres", "cluster", "postmaster.pid");
        await File.WriteAllTextAsync(file, $"{Environment.ProcessId}\n{sluice.Data}/postgres/cluster\n1\n5432\n\n\n");
        await sluice.Up();
        Assert.NotEqual(Environment.ProcessId, Postmaster(sluice.Data));
    }

    [Fact]
    public async Task Serve_leaves_no_process_when_it_is_interrupted()
    {
        await using var sluice = await SluiceProcess.Start(Plain);
        Assert.NotEmpty(ProcessesOf(sluice.Data));
        sluice.Child.Interrupt();
        Assert.Equal(0, await sluice.Child.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Empty(ProcessesOf(sluice.Data));
    }

    [Fact]
    public async Task Serve_tells_all_faults_when_the_settings_are_wrong()
    {
        using var data = new TemporaryDirectory("faults");
        var command = new ChildCommand(Path.Combine(AppContext.BaseDirectory, "sluice"), "serve")
        {
            Environment = new Dictionary<string, string?>
            {
                ["SLUICE_DATA"] = data.Path,
                ["SLUICE_URLS"] = "https://localhost:0",
                ["SLUICE_METRICS_TOKEN"] = "changeme",
                ["SLUICE_ROLES"] = "cook",
            },
        };
        await using var child = ChildProcess.Start(command);
        Assert.Equal(1, await child.WaitForExit(TimeSpan.FromSeconds(30)));
        foreach (var name in new[] { "SLUICE_TLS_CERT", "SLUICE_METRICS_TOKEN", "SLUICE_ROLES" })
            Assert.Contains(name, child.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("changeme", child.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", child.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_closed_from_outside_unless_the_token_of_its_file_is_shown()
    {
        using var folder = new TemporaryDirectory("token");
        var file = Path.Combine(folder.Path, "token");
        await File.WriteAllTextAsync(file, "0c6a1f9be24d47d3a8f5\n");
        await using var sluice = await SluiceProcess.Start(
            Plain with { Environment = new Dictionary<string, string?> { ["SLUICE_METRICS_TOKEN_FILE"] = file } });
        Assert.Equal(HttpStatusCode.OK, await Status(sluice, forwarded: false, token: null));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(sluice, forwarded: true, token: null));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(sluice, forwarded: true, token: "0c6a1f9be24d47d3a8f6"));
        Assert.Equal(HttpStatusCode.OK, await Status(sluice, forwarded: true, token: "0c6a1f9be24d47d3a8f5"));
    }

    [Fact]
    public async Task Answers_of_the_host_carry_a_request_id_and_no_server_name()
    {
        await using var sluice = await SluiceProcess.Start(Plain);
        using var http = new HttpClient { BaseAddress = sluice.BaseUrl };
        foreach (var path in new[] { "/", "/health/live", "/nowhere", "/api/v1/organizations" })
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(26, Assert.Single(answer.Headers.GetValues("X-Request-Id")).Length);
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    private static async Task<HttpStatusCode> Status(SluiceProcess sluice, bool forwarded, string? token)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sluice.BaseUrl, "/metrics"));
        if (forwarded) request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static int Postmaster(string data) => int.Parse(
        File.ReadLines(Path.Combine(data, "postgres", "cluster", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    // Every process whose command line names the data folder; a server's children name it by their parent.
    private static List<int> ProcessesOf(string data)
    {
        List<int> found = [];
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var process)) continue;
            try
            {
                if (File.ReadAllText(Path.Combine(folder, "cmdline")).Contains(data, StringComparison.Ordinal)) found.Add(process);
            }
            catch (IOException)
            {
                // Ended while we looked.
            }
        }
        return found;
    }

    private static List<int> Children(int parent) =>
    [
        .. File.ReadAllText($"/proc/{parent}/task/{parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(text => int.Parse(text, CultureInfo.InvariantCulture)),
    ];

    private static void Kill(int process)
    {
        using var kill = System.Diagnostics.Process.Start("kill", ["-KILL", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
