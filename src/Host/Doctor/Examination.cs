using System.Globalization;
using Npgsql;
using Sluice.Host.Cli;
using Sluice.Host.Database;
using Sluice.Host.Postgres;
using Sluice.Host.Settings;
using Sluice.Kernel.Journal;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;
using Sluice.Platform.Metering;

namespace Sluice.Host.Doctor;

/// <summary>All checks of <c>sluice doctor</c>, in the order in which one would look.</summary>
internal static class Examination
{
    private const long DiskLeast = 512L << 20;
    private const long DiskComfortable = 4L << 30;
    private const long OpenFilesComfortable = 16_384;
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(2);

    public static async Task<IReadOnlyList<Finding>> Run(CancellationToken ct)
    {
        List<Finding> findings = [];
        var read = HostSettings.Read(SluiceConfiguration.FromEnvironment(), terminal: false);
        if (!read.Ok)
        {
            findings.AddRange((read.Refusal.Details ?? [read.Refusal.Message]).Select(fault => Finding.Fail("settings", fault)));
            return findings;
        }
        var settings = read.Value;
        findings.Add(Finding.Ok("settings", $"Usable; data in {settings.DataDirectory}."));
        findings.Add(Disk(settings));
        findings.Add(OpenFiles());
        findings.Add(Journals(settings));
        if (settings.Database is null && !PrivateCluster.Exists(settings.DataDirectory))
        {
            findings.Add(Finding.Warn("database", "None yet: 'sluice serve' makes a private one when it starts first."));
            return findings;
        }
        try
        {
            await using var local = await LocalDatabase.Open(ct);
            await Database(local, findings, ct);
        }
        catch (Exception error) when (error is HostFault or NpgsqlException or MigrationException)
        {
            findings.Add(Finding.Fail("database", error.Message));
        }
        return findings;
    }

    private static async Task Database(LocalDatabase local, List<Finding> findings, CancellationToken ct)
    {
        await using (var connection = await local.Source.OpenConnectionAsync(ct))
        {
            var kind = local.Cluster is null ? "outside" : "private";
            var version = connection.PostgreSqlVersion;
            findings.Add(version.Major >= Postgres.Tools.MajorMin
                ? Finding.Ok("database", $"PostgreSQL {version} ({kind}) answers.")
                : Finding.Fail("database", $"PostgreSQL {version} is too old: {Postgres.Tools.MajorMin} or newer is needed."));
            findings.Add(await Clock(connection, ct));
            if (local.Cluster is null && !DatabaseAddress.IsGuarded(local.ConnectionString))
            {
                findings.Add(Finding.Warn(
                    "database", "Whoever stands between could read along, or answer in its place: add SSL Mode=VerifyFull."));
            }
        }
        var pending = await local.Migrator.Pending(ct);
        findings.Add(pending == 0
            ? Finding.Ok("migrations", "The schema is up to date.")
            : Finding.Warn("migrations", $"{pending} migrations are missing: run 'sluice migrate', or start 'sluice serve'."));
        if (pending > 0) return;
        findings.Add(await Trail(local.Services.GetRequiredService<IAuditTrail>(), ct));
        findings.Add(await JobsCheck.Run(local.Services.GetRequiredService<IJobDesk>(), ct));
        findings.Add(await BooksCheck.Run(local.Services.GetRequiredService<IBooks>(), ct));
        findings.AddRange(await Upstreams.Check(local.Services, ct));
    }

    private static async Task<Finding> Trail(IAuditTrail trail, CancellationToken ct)
    {
        var proof = await trail.Verify(ct: ct);
        return proof.BrokenAt is { } broken
            ? Finding.Fail("audit", $"The trail does not hold at event {broken}: {proof.Why} docs/audit.md says what to do.")
            : Finding.Ok("audit", $"{proof.Events} events and {proof.Checkpoints} signatures hold.");
    }

    private static async Task<Finding> Clock(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select clock_timestamp()", connection);
        var asked = TimeProvider.System.GetUtcNow();
        var told = new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(ct))!);
        var apart = (told - asked).Duration();
        return apart <= ClockTolerance
            ? Finding.Ok("clock", "Agrees with the database's.")
            : Finding.Fail(
                "clock",
                $"Differs from the database's by {apart.TotalSeconds:0.0} s: "
                + "quotas would change days at different moments. Synchronize both (NTP).");
    }

    private static Finding Disk(HostSettings settings)
    {
        var existing = settings.DataDirectory;
        while (!Directory.Exists(existing)) existing = Path.GetDirectoryName(existing)!;
        var free = new DriveInfo(existing).AvailableFreeSpace;
        var text = $"{free / 1e9:0.0} GB free for the data folder.";
        if (free < DiskLeast) return Finding.Fail("disk", $"{text} Calls are refused when the journal cannot grow: make room.");
        return free < DiskComfortable ? Finding.Warn("disk", $"{text} Make room soon.") : Finding.Ok("disk", text);
    }

    private static Finding OpenFiles()
    {
        var most = Posix.OpenFilesMax();
        return most >= OpenFilesComfortable || most < 0
            ? Finding.Ok("open files", string.Create(CultureInfo.InvariantCulture, $"{most} at once."))
            : Finding.Warn(
                "open files", string.Create(
                    CultureInfo.InvariantCulture,
                    $"Only {most} at once, each connection takes one or two: raise it (ulimit -n, LimitNOFILE)."));
    }

    private static Finding Journals(HostSettings settings)
    {
        if (!Directory.Exists(settings.JournalsDirectory)) return Finding.Ok("journals", "None yet: no gateway ran here.");
        int alive = 0, dead = 0, segments = 0;
        foreach (var folder in Directory.GetDirectories(settings.JournalsDirectory))
        {
            var count = Directory.GetFiles(folder, "*.seg").Length;
            if (!File.Exists(Path.Combine(folder, JournalFormat.LockFile))) continue;
            using var owner = JournalOwner.TryTake(folder);
            if (owner is null) alive++;
            else dead++;
            segments += count;
        }
        return Finding.Ok("journals", $"{alive} in use, {dead} ended, {segments} segments.");
    }
}
