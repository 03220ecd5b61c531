using System.IO.Compression;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Data.Exports;
using Xunit;

namespace Sluice.Integration.Rooms.Data;

public sealed class ExportTests(PostgresCluster postgres) : IAsyncLifetime
{
    private TenantRooms _rooms = null!;

    private IExports Exports => _rooms.Host.Get<IExports>();

    public async ValueTask InitializeAsync() => _rooms = await TenantRooms.Open(postgres);

    public ValueTask DisposeAsync() => _rooms.DisposeAsync();

    [Fact]
    public async Task An_organizations_archive_holds_what_is_kept_of_it_and_no_secret()
    {
        var (org, owner) = await _rooms.Organization("Ünïcode & sons");
        await _rooms.Member(org, OrganizationRole.Billing);
        await _rooms.Organization("Somebody else's");
        var token = (await _rooms.Tenants.CreateToken(new(org, "ci", null), owner)).Value.Secret;
        var asked = (await Exports.Ask(org, owner)).Value;
        Assert.Equal(DataExportState.Waiting, asked.State);
        Assert.Equal("tenants.export-waiting", (await Exports.Open(asked.Id, owner)).Refusal?.Code);
        await Pack(asked.Id);

        var ready = (await Exports.Find(asked.Id, owner)).Value;
        Assert.Equal(DataExportState.Ready, ready.State);
        var files = await Read(asked.Id, owner);
        Assert.Equal("Ünïcode & sons", Assert.Single(Rows(files, "organization"))["name"]!.ToString());
        Assert.Equal(["billing", "owner"], Rows(files, "members").Select(row => row["role"]!.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal("ci", Assert.Single(Rows(files, "tokens"))["name"]!.ToString());
        Assert.Contains(Rows(files, "audit"), row => row["action"]!.ToString() == "tenants.organization.create");
        Assert.Contains("members.jsonl (2): Who belongs to it", files["README.txt"], StringComparison.Ordinal);
        var all = string.Concat(files.Values);
        Assert.DoesNotContain(token, all, StringComparison.Ordinal);
        Assert.DoesNotContain("Somebody else", all, StringComparison.Ordinal);
        var mail = _rooms.Mails.All.Single(one => one.Template == MailTemplates.ExportReady);
        Assert.Equal(await _rooms.Email(owner), mail.To);
        Assert.EndsWith($"/console/{org}/data", mail.Values["link"], StringComparison.Ordinal);
        Assert.Equal(1, await _rooms.Host.Scalar("SELECT count(*) FROM audit.events WHERE action = 'tenants.export.download'"));
    }

    [Fact]
    public async Task A_persons_archive_holds_the_person_and_nobody_else()
    {
        var (org, person) = await _rooms.Organization("Ours");
        var other = await _rooms.Member(org, OrganizationRole.Admin);
        person = await _rooms.Now(person);
        var asked = (await Exports.Ask(null, person)).Value;
        await Pack(asked.Id);
        var files = await Read(asked.Id, person);
        Assert.Equal(await _rooms.Email(person), Assert.Single(Rows(files, "account"))["email"]!.ToString());
        var row = Assert.Single(Rows(files, "organizations"));
        Assert.Equal((org.ToString(), "owner"), (row["id"]!.ToString(), row["role"]!.ToString()));
        Assert.DoesNotContain(await _rooms.Email(other), string.Concat(files.Values), StringComparison.Ordinal);
        Assert.Equal(asked.Id, Assert.Single((await Exports.List(null, person)).Value).Id);
    }

    [Fact]
    public async Task An_operators_own_archive_holds_only_the_organizations_that_he_belongs_to()
    {
        await _rooms.Organization("Not his");
        var ops = await _rooms.Person(platform: "operator");
        var asked = (await Exports.Ask(null, ops)).Value;
        await Pack(asked.Id);
        Assert.Empty(Rows(await Read(asked.Id, ops), "organizations"));
    }

    [Fact]
    public async Task An_export_is_there_for_whose_it_is_alone()
    {
        var (org, owner) = await _rooms.Organization();
        var admin = await _rooms.Member(org, OrganizationRole.Admin);
        var asked = (await Exports.Ask(org, owner)).Value.Id;
        var own = (await Exports.Ask(null, admin)).Value.Id;
        await Pack(asked);
        await Pack(own);
        Assert.Equal("access.denied", (await Exports.Ask(org, admin)).Refusal?.Code);
        Assert.Equal("access.denied", (await Exports.List(org, admin)).Refusal?.Code);
        foreach (var (id, actor) in new[] { (asked, admin), (own, owner), (own, Actor.System), (asked, await _rooms.Person()) })
        {
            Assert.Equal("tenants.export-unknown", (await Exports.Find(id, actor)).Refusal?.Code);
            Assert.Equal("tenants.export-unknown", (await Exports.Open(id, actor)).Refusal?.Code);
        }
        Assert.Equal("access.step-up", (await Exports.Open(asked, owner with { IsFresh = false })).Refusal?.Code);
        Assert.Equal("access.step-up", (await Exports.Ask(null, admin with { IsFresh = false })).Refusal?.Code);
        Assert.True((await Exports.Open(asked, Actor.System)).Ok);
    }

    [Fact]
    public async Task Exports_come_one_at_a_time_and_so_many_a_day()
    {
        var person = await _rooms.Person();
        for (var i = 0; i < 5; i++)
        {
            var many = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Exports.Ask(null, person))));
            var asked = Assert.Single(many, one => one.Ok);
            Assert.All(many.Where(one => !one.Ok), one => Assert.Equal("tenants.export-waiting", one.Refusal!.Code));
            await Pack(asked.Value.Id);
        }
        var refused = (await Exports.Ask(null, person)).Refusal;
        Assert.Equal(("tenants.exports-many", 429), (refused?.Code, refused?.Status));
        Assert.NotNull(refused!.RetryAfter);
        _rooms.Time.Advance(TimeSpan.FromHours(25));
        Assert.True((await Exports.Ask(null, person)).Ok);
    }

    [Fact]
    public async Task An_export_ends_after_some_days_and_is_swept_away()
    {
        var person = await _rooms.Person();
        var asked = (await Exports.Ask(null, person)).Value.Id;
        await Pack(asked);
        _rooms.Time.Advance(TimeSpan.FromDays(9));
        Assert.Empty((await Exports.List(null, person)).Value);
        Assert.Equal("tenants.export-unknown", (await Exports.Open(asked, person)).Refusal?.Code);
        await _rooms.Host.Get<Sluice.Platform.Tenants.Inside.Sweep>().Once(CancellationToken.None);
        Assert.Equal(0, await _rooms.Host.Scalar("SELECT count(*) FROM tenants.export_parts"));
    }

    [Fact]
    public async Task A_large_archive_comes_back_part_by_part_as_it_was_packed()
    {
        await using var rooms = new RoomsHost(
            await postgres.CreateDatabase(), services => services.AddSingleton<IExportSource>(new Noise(300)));
        var person = await Someone(rooms);
        var exports = rooms.Get<IExports>();
        var asked = (await exports.Ask(null, person)).Value.Id;
        await rooms.Get<PackExportJob>().Handle(new PackExport(asked), new OneRun(), CancellationToken.None);
        var archive = (await exports.Open(asked, person)).Value;
        Assert.True(archive.Bytes > 2 * ExportTable.PartBytes);
        var files = await Unpack(archive);
        Assert.Equal(300, Rows(files, "noise").Count);
        Assert.Equal(
            await rooms.Scalar("SELECT sum(octet_length(bytes)) FROM tenants.export_parts"), archive.Bytes);
    }

    [Fact]
    public async Task An_archive_that_is_too_large_or_cannot_be_packed_says_so()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase(), services => services
            .AddSingleton<IExportSource>(new Noise(600)).Configure<DataOptions>(options => options.ExportMebibytesMax = 1));
        var person = await Someone(rooms);
        var exports = rooms.Get<IExports>();
        var asked = (await exports.Ask(null, person)).Value.Id;
        await rooms.Get<PackExportJob>().Handle(new PackExport(asked), new OneRun(), CancellationToken.None);
        Assert.Contains("1 MiB", (await exports.Find(asked, person)).Value.Why, StringComparison.Ordinal);
        Assert.Equal("tenants.export-failed", (await exports.Open(asked, person)).Refusal?.Code);

        await using var broken = new RoomsHost(
            await postgres.CreateDatabase(), services => services.AddSingleton<IExportSource>(new Noise(-1)));
        person = await Someone(broken);
        exports = broken.Get<IExports>();
        asked = (await exports.Ask(null, person)).Value.Id;
        var pack = broken.Get<PackExportJob>();
        foreach (var attempt in new[] { 1, PackExportJob.AttemptsMax })
        {
            Assert.Equal(DataExportState.Waiting, (await exports.Find(asked, person)).Value.State);
            await Assert.ThrowsAsync<InvalidOperationException>(
                () => pack.Handle(new PackExport(asked), new OneRun(attempt), CancellationToken.None));
        }
        Assert.Equal(DataExportState.Failed, (await exports.Find(asked, person)).Value.State);
        Assert.True((await exports.Ask(null, person)).Ok);
    }

    private Task Pack(ExportId id) =>
        _rooms.Host.Get<PackExportJob>().Handle(new PackExport(id), new OneRun(), CancellationToken.None);

    private async Task<Dictionary<string, string>> Read(ExportId id, Actor actor)
    {
        var opened = await Exports.Open(id, actor);
        Assert.True(opened.Ok, opened.Ok ? null : opened.Refusal.Message);
        return await Unpack(opened.Value);
    }

    private static async Task<Dictionary<string, string>> Unpack(DataArchive archive)
    {
        using var whole = new MemoryStream();
        await foreach (var part in archive.Parts) await whole.WriteAsync(part);
        Assert.Equal(archive.Bytes, whole.Length);
        whole.Position = 0;
        await using var zip = new ZipArchive(whole);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync());
            files[entry.FullName] = await reader.ReadToEndAsync();
        }
        return files;
    }

    private static List<JsonNode> Rows(Dictionary<string, string> files, string name) =>
        [.. files[$"{name}.jsonl"].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private static async Task<Actor> Someone(RoomsHost rooms)
    {
        var user = WireId.New<UserId>();
        await using var command = rooms.Source.CreateCommand($"""
            INSERT INTO tenants.users (id, email, name, created_at) VALUES ('{user.Value}', 'big@example.org', 'Big', now())
            """);
        await command.ExecuteNonQueryAsync();
        return (await rooms.Get<Sluice.Platform.Tenants.Inside.Organizations.Memberships>().Person(user, CancellationToken.None))!;
    }

    // What does not pack well, 16 KiB a row; with a negative number it fails.
    private sealed class Noise(int rows) : IExportSource
    {
        public IEnumerable<ExportFile> FilesOf(ExportOf whose) => [new("noise", "Noise.", Rows())];

        private async IAsyncEnumerable<object> Rows()
        {
            await Task.Yield();
            if (rows < 0) throw new InvalidOperationException("planted");
            var random = new Random(7);
            var bytes = new byte[12 * 1024];
            for (var i = 0; i < rows; i++)
            {
                random.NextBytes(bytes);
                yield return new { Text = Convert.ToBase64String(bytes) };
            }
        }
    }
}
