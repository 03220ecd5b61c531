using Sluice.Integration.Processes;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Integration.Host;

public sealed class HostCommandTests
{
    [Fact]
    public async Task Verbs_work_alike_when_spoken_locally_and_to_a_server()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions());
        var token = (await sluice.VerbJson("token", "create", "--operator")).GetProperty("secret").GetString()!;
        string[] remote = ["--server", sluice.BaseUrl.ToString(), "--token", token];
        var organization = (await sluice.VerbJson(["org", "create", "Remote", .. remote])).GetProperty("id").GetString()!;
        var app = (await sluice.VerbJson("app", "create", "Remote", "Shop")).GetProperty("id").GetString()!;
        await sluice.Verb(["app", "rules", app, "--method", "eth_*", .. remote]);
        var issued = await sluice.VerbJson("key", "create", app, "--kind", "publishable", "--name", "Web");
        Assert.Contains("slc_pk_", issued.ToString(), StringComparison.Ordinal);
        var local = await sluice.VerbJson("key", "list", app);
        var far = await sluice.VerbJson(["key", "list", app, .. remote]);
        Assert.Equal(local.ToString(), far.ToString());
        Assert.Contains(organization, await sluice.Verb("org", "list"), StringComparison.Ordinal);
        Assert.Contains("eth_*", await sluice.Verb(["app", "rules", app, .. remote]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Organizations_invitations_and_tokens_are_kept_from_the_command_line()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions());
        await sluice.Verb("org", "create", "Acme");
        Assert.Contains("Better", await sluice.Verb("org", "rename", "Acme", "Better"), StringComparison.Ordinal);
        Assert.Contains("Nobody belongs", await sluice.Verb("org", "member", "list", "Better"), StringComparison.Ordinal);
        var invited = await sluice.VerbJson("org", "member", "invite", "Better", "ada@example.org", "--role", "admin");
        Assert.Contains("ada@example.org", await sluice.Verb("invitation", "list", "--org", "Better"), StringComparison.Ordinal);
        await sluice.Verb("invitation", "revoke", invited.GetProperty("id").GetString()!);
        Assert.Contains("no open invitation", await sluice.Verb("invitation", "list", "--org", "Better"), StringComparison.Ordinal);

        var token = await sluice.VerbJson("token", "create", "--org", "Better", "--scope", "membershipsRead", "usageRead");
        string[] remote = ["--server", sluice.BaseUrl.ToString(), "--token", token.GetProperty("secret").GetString()!];
        Assert.Contains("Better", await sluice.Verb(["org", "list", .. remote]), StringComparison.Ordinal);
        var narrow = await Assert.ThrowsAsync<InvalidOperationException>(() => sluice.Verb(["app", "create", "Better", "Shop", .. remote]));
        Assert.Contains("appsWrite", narrow.Message, StringComparison.Ordinal);
        Assert.Contains("usageRead", await sluice.Verb("token", "list", "--org", "Better"), StringComparison.Ordinal);

        await sluice.Verb("org", "suspend", "Better", "--why", "unpaid");
        await Assert.ThrowsAsync<InvalidOperationException>(() => sluice.Verb(["org", "list", .. remote]));
        await sluice.Verb("org", "resume", "Better");
        await sluice.Verb(["org", "list", .. remote]);
        await sluice.Verb("token", "revoke", token.GetProperty("id").GetString()!);
        var revoked = await Assert.ThrowsAsync<InvalidOperationException>(() => sluice.Verb(["org", "list", .. remote]));
        Assert.Contains("ended with 1", revoked.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verb_says_why_in_one_sentence_when_it_is_refused()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions());
        await sluice.Verb("org", "create", "Twice");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => sluice.Verb("org", "create", "Twice"));
        Assert.Contains("ended with 1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("sluice: There is an organization named 'Twice' already.", refused.Message, StringComparison.Ordinal);
        var stranger = await Assert.ThrowsAsync<InvalidOperationException>(
            () => sluice.Verb("org", "list", "--server", "http://127.0.0.1:1", "--token", "x"));
        Assert.Contains("ended with 3", stranger.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Local_verb_starts_and_stops_the_database_when_nothing_runs()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions());
        await sluice.Shutdown();
        await sluice.Verb("org", "create", "Alone");
        Assert.False(File.Exists(Path.Combine(sluice.Data, "postgres", "cluster", "postmaster.pid")));
        await sluice.Up();
        Assert.Contains("Alone", await sluice.Verb("org", "list"), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(sluice.Data, "postgres", "cluster", "postmaster.pid")));
    }

    [Fact]
    public async Task Backup_brings_everything_back_when_it_is_restored_elsewhere()
    {
        using var folder = new TemporaryDirectory("backup");
        var archive = Path.Combine(folder.Path, "saved.tar.gz");
        await using var first = await SluiceProcess.Start(new SluiceOptions());
        await first.Verb("org", "create", "Saved");
        await first.Verb("backup", archive);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(archive));
        var running = await Assert.ThrowsAsync<InvalidOperationException>(() => first.Verb("restore", archive, "--force"));
        Assert.Contains("stop it first", running.Message, StringComparison.Ordinal);

        await using var second = await SluiceProcess.Start(new SluiceOptions());
        await second.Verb("org", "create", "Replaced");
        await second.Shutdown();
        var full = await Assert.ThrowsAsync<InvalidOperationException>(() => second.Verb("restore", archive));
        Assert.Contains("not empty", full.Message, StringComparison.Ordinal);
        // As root in the folder of another account, as by sudo.
        var (keys, service) = (Path.Combine(second.Data, "keys"), new FileOwner(12_345, 23_456));
        if (Environment.IsPrivilegedProcess) service.GiveAll(keys);
        await second.Verb("restore", archive, "--force");
        if (Environment.IsPrivilegedProcess)
            Assert.All(Directory.GetFiles(keys).Append(keys), path => Assert.Equal(service, FileOwner.Of(path)));
        foreach (var key in Directory.GetFiles(Path.Combine(first.Data, "keys")))
            Assert.Equal(await File.ReadAllBytesAsync(key), await File.ReadAllBytesAsync(Path.Combine(keys, Path.GetFileName(key))));
        await second.Up();
        var list = await second.Verb("org", "list");
        Assert.Contains("Saved", list, StringComparison.Ordinal);
        Assert.DoesNotContain("Replaced", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_changes_nothing_when_the_archive_is_damaged()
    {
        using var folder = new TemporaryDirectory("backup");
        var archive = Path.Combine(folder.Path, "saved.tar.gz");
        await using var sluice = await SluiceProcess.Start(new SluiceOptions());
        await sluice.Verb("org", "create", "Untouched");
        await sluice.Verb("backup", archive);
        await sluice.Shutdown();
        var bytes = await File.ReadAllBytesAsync(archive);
        await File.WriteAllBytesAsync(archive, bytes[..(bytes.Length / 2)]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => sluice.Verb("restore", archive, "--force"));
        await sluice.Up();
        Assert.Contains("Untouched", await sluice.Verb("org", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_finds_a_healthy_installation_healthy()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions());
        var report = await sluice.VerbJson("doctor");
        Assert.True(report.GetProperty("healthy").GetBoolean(), report.ToString());
        var checks = report.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("check").GetString()).ToList();
        foreach (var check in new[] { "settings", "disk", "open files", "journals", "database", "clock", "migrations", "audit", "books" })
            Assert.Contains(check, checks);
    }

    [Fact]
    public async Task Doctor_makes_nothing_where_there_is_no_installation_yet()
    {
        using var data = new TemporaryDirectory("empty");
        var command = new ChildCommand(Path.Combine(AppContext.BaseDirectory, "sluice"), ["doctor"])
        {
            Environment = new Dictionary<string, string?> { ["SLUICE_DATA"] = data["data"], ["SLUICE_DATABASE"] = null },
        };
        await using var child = ChildProcess.Start(command);
        Assert.Equal(0, await child.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Contains("None yet: 'sluice serve' makes", child.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data["data"]));
    }

    [Fact]
    public async Task Secrets_rotate_adds_a_key_and_a_running_gateway_still_opens_what_the_old_one_sealed()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions());
        using var folder = new TemporaryDirectory("secrets");
        await File.WriteAllTextAsync(folder["one.json"], Catalog("one"));
        await sluice.Verb("service", "import", folder["one.json"]);
        var old = (await sluice.VerbJson("secrets", "list")).GetProperty("data")[0].GetProperty("id").GetString();

        var added = (await sluice.VerbJson("secrets", "rotate")).GetProperty("key").GetString();

        Assert.NotEqual(old, added);
        await File.WriteAllTextAsync(folder["two.json"], Catalog("two"));
        await sluice.Verb("service", "import", folder["two.json"]);
        var list = await sluice.Verb("secrets", "list");
        Assert.Matches($"{old}  .*\n{added}  .*seals", list);
        // Both open: a credential that does not would be reported with its service.
        foreach (var name in new[] { "one", "two" })
            Assert.Contains("•••", await sluice.Verb("service", "show", name), StringComparison.Ordinal);
        await sluice.Shutdown();
        await sluice.Up();
        foreach (var name in new[] { "one", "two" })
            Assert.Contains("•••", await sluice.Verb("service", "show", name), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("restore", "x.tar.gz", "--force")]
    [InlineData("secrets", "rotate")]
    [InlineData("journal", "inspect")]
    public async Task A_verb_of_this_machine_refuses_to_be_sent_elsewhere(params string[] verb)
    {
        using var data = new TemporaryDirectory("local");
        var command = new ChildCommand(
            Path.Combine(AppContext.BaseDirectory, "sluice"), [.. verb, "--server", "http://127.0.0.1:1", "--token", "x"])
        {
            Environment = new Dictionary<string, string?> { ["SLUICE_DATA"] = data["data"] },
        };
        await using var child = ChildProcess.Start(command);
        Assert.Equal(2, await child.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Contains("works on this machine alone", child.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data["data"]));
    }

    private static string Catalog(string name) =>
        $$$"""
        {"services": [{"name": "{{{name}}}", "title": "One", "chain": "evm", "enabled": false, "prices": {"defaultUnits": 1},
          "upstreams": [{"name": "main", "url": "https://rpc.example.org", "headers": {"Authorization": "Bearer a-secret-of-{{{name}}}-1234567890"}}]}]}
        """;
}
