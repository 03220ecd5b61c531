namespace Sluice.Platform.Audit.Inside;

/// <summary>What organizations and people take along of the trail: the events that touch them, or that they did.</summary>
internal sealed class TrailExports(TrailReading reading) : IExportSource
{
    public IEnumerable<ExportFile> FilesOf(ExportOf whose)
    {
        if (whose.User is { } user)
            yield return File("What the person changed.", new AuditQuery(Actor: user.ToString()));
        else if (whose.Organization is { } organization)
            yield return File("Changes that touch it.", new AuditQuery(organization));
    }

    private ExportFile File(string about, AuditQuery query) =>
        new("audit", about, reading.Export(query, CancellationToken.None));
}
