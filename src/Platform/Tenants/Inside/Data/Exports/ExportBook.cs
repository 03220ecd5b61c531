using System.Globalization;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Organizations;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Data.Exports;

internal sealed class ExportBook(
    ExportTable table, IUnitsOfWork units, TenantTrail trail, IJobs jobs, IOptions<DataOptions> options, TimeProvider time)
    : IExports
{
    private static readonly Refusal Waiting = Refusal.Conflict(
        "tenants.export-waiting", "An export is being packed: wait until it is ready.");

    public Task<Result<DataExport>> Ask(
        OrganizationId? organization, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        units.Write<DataExport>(work, async work =>
        {
            if (await Enter(organization, actor, work, ct) is { } closed) return closed;
            var now = time.GetMicros();
            var whose = new ExportOf(organization, organization is null ? actor.User : null);
            var (asked, waiting) = await ExportTable.Count(whose, now.AddDays(-1), now, work, ct);
            if (waiting) return Waiting;
            if (asked >= options.Value.ExportsPerDay) return Many(options.Value.ExportsPerDay);
            var export = new DataExport(
                WireId.New<ExportId>(), organization, DataExportState.Waiting, null, null, now, null,
                now.AddDays(options.Value.ExportDays));
            await ExportTable.Add(new ExportRow(export, whose.User, actor.User), work, ct);
            await jobs.Enqueue(new JobRequest(new PackExport(export.Id)), work, ct);
            await trail.Record(
                work, actor, "tenants.export.create", export.Id.ToString(), organization, null, new { export.ExpiresAt }, ct);
            return export;
        }, ct);

    public async Task<Result<IReadOnlyList<DataExport>>> List(
        OrganizationId? organization, Actor actor, CancellationToken ct = default)
    {
        var closed = organization is { } one
            ? actor.Check(Permission.DataExport, one, Refusals.NoOrganization(one.ToString()))
            : actor.Check(Permission.SelfRead);
        if (closed is not null) return closed;
        var whose = new ExportOf(organization, organization is null ? actor.User : null);
        return (await table.List(whose, time.GetMicros(), ct)).ConvertAll(row => row.Export);
    }

    public async Task<Result<DataExport>> Find(ExportId id, Actor actor, CancellationToken ct = default)
    {
        var found = await Seen(id, actor, ct);
        return found is null ? Unknown(id) : found.Export;
    }

    public async Task<Result<DataArchive>> Open(ExportId id, Actor actor, CancellationToken ct = default)
    {
        if (await Seen(id, actor, ct) is not { Export: var export } found) return Unknown(id);
        if (found.User is not null && actor.Check(Permission.SelfSecurity) is { } closed) return closed;
        if (!actor.IsFresh) return Refusals.StepUp;
        if (export.State == DataExportState.Failed) return Failed(export.Why);
        if (export is not { State: DataExportState.Ready, Bytes: { } bytes }) return Waiting;
        // Before the first byte: what cannot be recorded is not handed out.
        var recorded = await units.Write<Done>(null, async work =>
        {
            await trail.Record(work, actor, "tenants.export.download", id.ToString(), export.Organization, null, null, ct);
            return new Done();
        }, ct);
        var day = export.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var whose = export.Organization?.ToString() ?? found.User?.ToString();
        return recorded.Ok ? new DataArchive($"{whose}-{day}.zip", bytes, table.Parts(id, ct)) : recorded.Refusal;
    }

    // Two at once come one after the other.
    private static async Task<Refusal?> Enter(
        OrganizationId? organization, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        if (organization is { } one)
        {
            var unknown = Refusals.NoOrganization(one.ToString());
            if (actor.Check(Permission.DataExport, one, unknown, fresh: true) is { } closed) return closed;
            return await OrganizationBook.Lock(one, work, ct) is null ? unknown : null;
        }
        if (actor.Check(Permission.SelfSecurity, fresh: true) is { } refusal) return refusal;
        return await UserRows.Hold(actor.User!.Value, work, ct) is null ? UserRows.Unknown : null;
    }

    private async Task<ExportRow?> Seen(ExportId id, Actor actor, CancellationToken ct)
    {
        if (await table.Find(id, ct) is not { } found || found.Export.ExpiresAt <= time.GetMicros()) return null;
        var sees = found.Export.Organization is { } organization
            ? actor.MaySee(organization) && actor.May(Permission.DataExport, organization)
            : actor.User is not null && actor.User == found.User && actor.May(Permission.SelfRead);
        return sees ? found : null;
    }

    private static Refusal Unknown(ExportId id) => Refusal.NotFound(
        "tenants.export-unknown", $"There is no export {id}; one is deleted some days after it was packed.");

    private static Refusal Failed(string? why) =>
        Refusal.Conflict("tenants.export-failed", $"The export could not be packed: {why} Ask for another one.");

    private static Refusal Many(int most) =>
        new("tenants.exports-many", $"At most {most} exports are packed in a day: take the last one, or come back tomorrow.", 429)
        {
            RetryAfter = TimeSpan.FromHours(1),
        };
}
