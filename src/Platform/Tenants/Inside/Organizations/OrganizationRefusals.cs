using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations;

/// <summary>What organizations, members and invitations are refused with.</summary>
internal static class OrganizationRefusals
{
    public static readonly Refusal LastOwner = Refusal.Conflict(
        "tenants.owner-last", "An organization keeps at least one owner: make somebody else an owner first.");

    public static readonly Refusal Unverified = Refusal.Conflict(
        "tenants.member-unverified", "Only somebody whose e-mail address is verified can become an owner.");

    public static readonly Refusal Already = Refusal.Conflict(
        "tenants.member-already", "This person belongs to the organization already: change the role instead.");

    public static readonly Refusal Invited = Refusal.Conflict(
        "tenants.invitation-open", "This address is invited already: send that invitation again, or revoke it first.");

    /// <summary>The same for what never was, was used or revoked, and came too late.</summary>
    public static readonly Refusal InvitationEnded = new(
        "tenants.invitation-ended", "The invitation was used, revoked or is too old: ask for another one.", 410);

    public static readonly Refusal InvitationForeign = Refusal.Conflict(
        "tenants.invitation-foreign", "The invitation is for another address: sign in with the account of that one.");

    public static Refusal NameTaken(string name) =>
        Refusal.Conflict("tenants.name-taken", $"There is an organization named '{name}' already.");

    public static Refusal NoMember(string id) =>
        Refusal.NotFound("tenants.member-unknown", $"There is no member {Faults.Quote(id)}.");

    public static Refusal NoInvitation(string id) =>
        Refusal.NotFound("tenants.invitation-unknown", $"There is no invitation {Faults.Quote(id)}.");

    public static Refusal OwnedMax(int most) => Refusal.Conflict(
        "tenants.organizations-max", $"A person owns at most {most} organizations: hand one over first.");

    public static Refusal MembersMax(int most) => Refusal.Conflict(
        "tenants.members-max", $"An organization has at most {most} members, invited ones counted: remove one first.");

    public static Refusal InvitationsMax(int most) => Refusal.Conflict(
        "tenants.invitations-max", $"An organization has at most {most} open invitations: revoke one first.");

    public static Refusal MailsMax(int most) =>
        new("tenants.invitations-many", $"At most {most} invitations are mailed in a day: go on tomorrow.", 429)
        {
            RetryAfter = TimeSpan.FromHours(1),
        };
}
