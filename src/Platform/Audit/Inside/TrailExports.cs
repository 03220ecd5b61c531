namespace Sluice.Platform.Audit.Inside;

/// <summary>What organizations and people take along of the trail: the events that touch them, or that they did.</summary>
internal sealed class TrailExports(TrailReading reading) : IExportSource
{
    public IEnumerable<ExportFile> FilesOf(ExportOf whose)
    {
        if (whose.User is { } user)
            yield return new("audit", "What the person changed.", OwnDeeds(user.ToString()));
        else if (whose.Organization is { } organization)
            yield return File("Changes that touch it.", new AuditQuery(organization));
    }

    // What others' things were before and after is theirs, also where this person changed them.
    private async IAsyncEnumerable<object> OwnDeeds(string user)
    {
        await foreach (var one in reading.Export(new AuditQuery(Actor: user), CancellationToken.None))
            yield return one.Subject == user ? one : one with { Before = null, After = null };
    }

    private ExportFile File(string about, AuditQuery query) =>
        new("audit", about, reading.Export(query, CancellationToken.None));
}
