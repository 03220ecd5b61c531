using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Host.Serving;

/// <summary>Publishes the Free plan where there is no plan at all, so that an organization's first key works.</summary>
internal static class ShippedPlans
{
    private const string Resource = "plans/free.json";

    public static async Task Ensure(ICatalog catalog, CancellationToken ct)
    {
        if ((await catalog.Plans(ct)).Count > 0) return;
        await using var stream = typeof(ShippedPlans).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException("The Free plan is not in the binary.");
        using var reader = new StreamReader(stream);
        var imported = await catalog.ImportPlans(await reader.ReadToEndAsync(ct), Actor.System, null, ct);
        if (!imported.Ok)
        {
            var faults = string.Join(" ", imported.Refusal.Details ?? [imported.Refusal.Message]);
            throw new InvalidOperationException($"The shipped plan is refused: {faults}");
        }
    }
}
