using System.Net;
using System.Net.WebSockets;
using Sluice.Integration.Gateway;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Chaos;

/// <summary>The journal on a file system of two megabytes, half of which something else takes up.</summary>
public sealed class DiskFullTests(PostgresCluster postgres) : IDisposable
{
    // A mount that only this process and its children see.
    private const string Wrapper = """
        #!/bin/sh
        exec unshare -m /bin/sh -c '
            mkdir -p "$SLUICE_DATA/journal" && mount -t tmpfs -o size=2m none "$SLUICE_DATA/journal" \
                && head -c 1000000 /dev/zero > "$SLUICE_DATA/journal/filler" && exec "$0" "$@"' "{sluice}" "$@"
        """;

    private readonly TemporaryDirectory _files = new("disk");

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_full_disk_refuses_calls_loses_no_record_and_is_forgotten_when_there_is_room()
    {
        Assert.SkipUnless(await MayMount(), "Mounting a file system needs root.");
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var options = installation.Options("gateway", ("SLUICE_JOURNAL__SEGMENTSLOTS", "1024"));
        var gateway = await installation.Start(options with { Executable = await WriteWrapper() });
        // The mount is seen through the process that has it.
        var journals = $"/proc/{gateway.Pid}/root{installation.Journals}";
        await using var load = new Load(gateway.Port, new LoadPlan(6, [Call.Single(key), Call.Batch(key, 5)], 1));

        await Until.True(() => Refused(load) > 20, "calls are refused", TimeSpan.FromSeconds(60));
        var full = load.Good;
        using var http = new HttpClient { BaseAddress = gateway.BaseUrl };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/live")).StatusCode);
        Assert.Equal(0, await Metrics.Value(gateway, "sluice_journal_accepting"));
        Assert.Equal(0, await Metrics.Value(gateway, "sluice_journal_refused_total"));
        File.Delete($"{journals}/filler");
        await Until.True(() => load.Good > full + 200, "calls are taken again");
        await load.Stop();

        Assert.Empty(load.Unanswered);
        Assert.Equal([200, 503], load.Answers.Select(answer => answer.Status).Distinct().Order());
        await Reckoning.RollupsAreRecords(installation, journals);
        Reckoning.AnswersAreRecords(Books.Records(journals), load);
    }

    [Fact]
    public async Task A_full_disk_refuses_calls_by_http_and_messages_of_sockets_before_they_reach_the_origin()
    {
        Assert.SkipUnless(await MayMount(), "Mounting a file system needs root.");
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Echo();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        await installation.ImportFiles(origin.Url);
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var options = installation.Options("gateway", ("SLUICE_JOURNAL__SEGMENTSLOTS", "1024"));
        var gateway = await installation.Start(options with { Executable = await WriteWrapper() });
        var journals = $"/proc/{gateway.Pid}/root{installation.Journals}";
        using var http = new HttpClient { BaseAddress = gateway.BaseUrl };
        http.DefaultRequestHeaders.Add("X-API-Key", key);
        using var plain = await Socket(gateway, Installation.Files, key);
        Assert.Equal("hello", await plain.Ask("hello"));

        var taken = 0;
        HttpResponseMessage answer;
        while ((answer = await http.GetAsync("/v1/files/x")).IsSuccessStatusCode) Assert.InRange(++taken, 0, 20_000);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("meter.full", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(taken, origin.Calls);
        Assert.Equal(taken + 1, Books.Records(journals).Count(Up));
        Assert.StartsWith("close:1011:", await plain.Ask("lost"), StringComparison.Ordinal);
        Assert.Equal(["hello"], origin.SocketMessages);
        Assert.Contains("503", (await Assert.ThrowsAsync<WebSocketException>(() => Socket(gateway, Installation.Files, key))).Message, StringComparison.Ordinal);
        Assert.Contains("503", (await Assert.ThrowsAsync<WebSocketException>(() => Socket(gateway, Installation.Service, key))).Message, StringComparison.Ordinal);

        File.Delete($"{journals}/filler");
        await Until.True(async () => (await http.GetAsync("/v1/files/x")).IsSuccessStatusCode, "calls are taken again");
        using var again = await Socket(gateway, Installation.Files, key);
        Assert.Equal("back", await again.Ask("back"));
        await Until.True(() => Books.Records(journals).Count(Up) == origin.Calls + 2, "each call has its record");
        await Reckoning.RollupsAreRecords(installation, journals);
    }

    private static bool Up(BookRecord record) =>
        record.Record.Flags.HasFlag(RecordFlags.Billed) && !record.Record.Flags.HasFlag(RecordFlags.Push);

    private static async Task<ClientWebSocket> Socket(SluiceProcess gateway, string service, string key)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("X-API-Key", key);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Port}/v1/{service}"), CancellationToken.None);
        return socket;
    }

    private static int Refused(Load load) => load.Answers.Count(answer => answer.Status == 503);

    private async Task<string> WriteWrapper()
    {
        var path = _files["sluice"];
        await File.WriteAllTextAsync(
            path, Wrapper.Replace("{sluice}", Path.Combine(AppContext.BaseDirectory, "sluice"), StringComparison.Ordinal));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private static async Task<bool> MayMount()
    {
        await using var probe = ChildProcess.Start(
            new ChildCommand("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"));
        return await probe.WaitForExit(TimeSpan.FromSeconds(10)) == 0;
    }
}
