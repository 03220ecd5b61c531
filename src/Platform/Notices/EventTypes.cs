namespace Sluice.Platform.Notices;

/// <summary>The types of events that webhooks can be sent, and which change in the trail each of them comes from.</summary>
public static class EventTypes
{
    /// <summary>For trying a webhook out; sent on demand alone.</summary>
    public const string Test = "webhook.test";

    /// <summary>An alert rule was crossed.</summary>
    public const string Alert = "alert.crossed";

    /// <summary>All types, also those to come.</summary>
    public const string Any = "*";

    // Action in the trail, type of the event. What stands not here tells nobody.
    private static readonly Dictionary<string, string> ByAction = new(StringComparer.Ordinal)
    {
        ["tenants.organization.create"] = "organization.created",
        ["tenants.organization.rename"] = "organization.renamed",
        ["tenants.organization.suspend"] = "organization.suspended",
        ["tenants.organization.resume"] = "organization.resumed",
        ["tenants.organization.plan-deletion"] = "organization.deletion-planned",
        ["tenants.organization.keep"] = "organization.kept",
        ["tenants.organization.transfer"] = "organization.transferred",
        ["tenants.member.add"] = "member.added",
        ["tenants.member.role"] = "member.changed",
        ["tenants.member.remove"] = "member.removed",
        ["tenants.member.leave"] = "member.removed",
        ["tenants.invitation.create"] = "invitation.created",
        ["tenants.invitation.accept"] = "invitation.accepted",
        ["tenants.invitation.revoke"] = "invitation.revoked",
        ["tenants.token.create"] = "token.created",
        ["tenants.token.revoke"] = "token.revoked",
        ["catalog.plan.assign"] = "plan.assigned",
        ["keys.app.create"] = "app.created",
        ["keys.app.rules"] = "app.rules-changed",
        ["keys.app.limits"] = "app.limits-changed",
        ["keys.key.create"] = "key.created",
        ["keys.key.rotate"] = "key.rotated",
        ["keys.key.revoke"] = "key.revoked",
    };

    /// <summary>All types that a webhook may ask for, in order.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. ByAction.Values.Append(Alert).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The type of the event that a change in the trail is; null where it is none.</summary>
    public static string? Of(string action) => ByAction.GetValueOrDefault(action);
}
