using Sluice.Kernel;

namespace Sluice.Host.Portal.Frames;

/// <param name="Label">What it is called.</param>
/// <param name="Href">Its first page.</param>
/// <param name="Icon">Its icon.</param>
/// <param name="Exact">Whether pages under it belong to another section.</param>
internal sealed record Section(string Label, string Href, string Icon, bool Exact = false)
{
    public bool IsAt(string path) => path == Href
        || (!Exact && path.StartsWith(Href + "/", StringComparison.Ordinal));
}

/// <param name="Title">Stands over the group; null over the first.</param>
/// <param name="Sections">In the order of the rail.</param>
internal sealed record SectionGroup(string? Title, IReadOnlyList<Section> Sections);

/// <summary>What the rail offers to whom. A section whose page does not exist yet is not among them.</summary>
internal static class Sections
{
    public static IReadOnlyList<SectionGroup> Of(PageContext context)
    {
        if (context.Viewer is not { } viewer) return [];
        if (context.Place == "/operator" || context.Place.StartsWith("/operator/", StringComparison.Ordinal))
            return [new SectionGroup("Operator", OfOperator(viewer.Actor))];
        return viewer.Current is { } current
            ? [new SectionGroup("Organization", OfOrganization(viewer, $"/console/{current.Id}"))]
            : [new SectionGroup("Account", OfAccount)];
    }

    private static readonly Section[] OfAccount =
    [
        new("Profile", "/account", "user", Exact: true),
        new("Security", "/account/security", "shield"),
        new("Tokens", "/account/tokens", "key"),
        new("Data", "/account/data", "archive"),
    ];

    private static List<Section> OfOrganization(Viewer viewer, string root)
    {
        List<Section> sections = [new("Overview", root, "building", Exact: true)];
        if (viewer.May(Permission.AppsRead)) sections.Add(new("Apps", root + "/apps", "layers"));
        if (viewer.May(Permission.MembersRead)) sections.Add(new("Members", root + "/members", "users"));
        if (viewer.May(Permission.TokensRead)) sections.Add(new("Tokens", root + "/tokens", "key"));
        if (viewer.May(Permission.WebhooksRead)) sections.Add(new("Webhooks", root + "/webhooks", "send"));
        if (viewer.May(Permission.AlertsRead)) sections.Add(new("Alerts", root + "/alerts", "bell"));
        if (viewer.May(Permission.AuditRead)) sections.Add(new("Audit", root + "/audit", "activity"));
        if (viewer.May(Permission.DataExport)) sections.Add(new("Data", root + "/data", "archive"));
        return sections;
    }

    private static List<Section> OfOperator(Actor actor)
    {
        List<Section> sections = [];
        if (actor.May(Permission.UsersRead)) sections.Add(new("Users", "/operator/users", "users"));
        if (actor.May(Permission.OrganizationsRead)) sections.Add(new("Organizations", "/operator/organizations", "building"));
        if (actor.May(Permission.JobsRead)) sections.Add(new("Jobs", "/operator/jobs", "list"));
        if (actor.May(Permission.MailOpen)) sections.Add(new("Mail", "/operator/mail", "mail"));
        if (actor.May(Permission.OperatorTokensRead)) sections.Add(new("Tokens", "/operator/tokens", "key"));
        if (actor.May(Permission.SettingsRead)) sections.Add(new("Settings", "/operator/settings", "sliders"));
        if (actor.May(Permission.PlatformAuditRead)) sections.Add(new("Audit", "/operator/audit", "activity"));
        return sections;
    }
}
