using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary>An app on the wire.</summary>
internal sealed record AppBody(
    AppId Id, OrganizationId Organization, string Name, RulesBody Rules, LimitSet Limits, DateTimeOffset CreatedAt)
{
    public static AppBody Of(App app) =>
        new(app.Id, app.Organization, app.Name, RulesBody.Of(app.Rules), app.Limits, app.CreatedAt);
}
