using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Tenants;

/// <summary>How large organizations may grow. Section <c>Organizations</c>.</summary>
public sealed class OrganizationsOptions
{
    /// <summary>Organizations that a person may own. Default 10.</summary>
    [Range(1, 10_000)]
    public int OwnedMax { get; set; } = 10;

    /// <summary>Members of an organization, invited ones counted. Default 200.</summary>
    [Range(1, 100_000)]
    public int MembersMax { get; set; } = 200;

    /// <summary>Open invitations of an organization. Default 50.</summary>
    [Range(1, 10_000)]
    public int InvitationsMax { get; set; } = 50;

    /// <summary>Invitations that an organization may have mailed in 24 hours, repeated ones counted. Default 100.</summary>
    [Range(1, 100_000)]
    public int InvitationMailsPerDay { get; set; } = 100;

    /// <summary>How long an invitation may be accepted, in days. Default 7.</summary>
    [Range(1, 90)]
    public int InvitationDays { get; set; } = 7;
}
