namespace Sluice.Platform.Catalog.Inside;

/// <summary>What an organization takes along of this room: the plan it is on.</summary>
internal sealed class PlanExports(ICatalog catalog) : IExportSource
{
    public IEnumerable<ExportFile> FilesOf(ExportOf whose) => whose.Organization is not { } organization ? [] :
    [
        new("plan", "The plan it is on.", ExportRows.One<PlanDefinition>(async () => await catalog.PlanOf(organization))),
    ];
}
