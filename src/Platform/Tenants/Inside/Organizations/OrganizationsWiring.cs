using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Api;
using Sluice.Platform.Tenants.Inside.Organizations.Routes;

namespace Sluice.Platform.Tenants.Inside.Organizations;

/// <summary>Organizations, members and invitations: what the room's module wires of them.</summary>
internal static class OrganizationsWiring
{
    private const string Unseen = "tenants.organization-unknown";

    public static void AddOrganizations(this IServiceCollection services)
    {
        services.AddOptions<OrganizationsOptions>()
            .BindConfiguration("Organizations").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<TenantTrail>();
        services.TryAddSingleton<Memberships>();
        services.TryAddSingleton<OrganizationBook>();
        services.TryAddSingleton<Suspensions>();
        services.TryAddSingleton<MemberBook>();
        services.TryAddSingleton<IMembers>(provider => provider.GetRequiredService<MemberBook>());
        services.TryAddSingleton<InvitationMail>();
        services.TryAddSingleton<IInvitations, InvitationBook>();
    }

    public static void MapOrganizations(this RouteGroupBuilder api)
    {
        var all = api.MapGroup("/organizations").WithTags("Organizations");
        all.MapGet("", ListOrganizations.Handle).Requires(Permission.MembershipsRead)
            .Does("List the organizations that one may see").Lists<OrganizationBody>(OrganizationBook.PageMax);
        all.MapPost("", PostOrganization.Handle).Requires(Permission.OrganizationsCreate).Idempotent()
            .Does("Create an organization; a person becomes its owner", "tenants.name-taken", "tenants.organizations-max")
            .Takes<NameBody>().Answers<OrganizationBody>(201).Versioned();
        MapOne(api.MapGroup("/organizations/{org}").WithTags("Organizations"));
        MapMembers(api.MapGroup("/organizations/{org}").WithTags("Organizations"));
        MapInvitations(api);
    }

    private static void MapOne(RouteGroupBuilder one)
    {
        one.MapGet("", GetOrganization.Handle).Requires(Permission.OrganizationRead)
            .Does("Show an organization", Unseen).Answers<OrganizationBody>().Versioned();
        one.MapPut("", ChangeOrganization.Rename).Requires(Permission.OrganizationWrite)
            .Does("Give an organization another name", Unseen, "tenants.name-taken")
            .Takes<NameBody>().Answers<OrganizationBody>().Versioned();
        one.MapPost("/suspend", ChangeOrganization.Suspend).Requires(Permission.OrganizationsWrite)
            .Does("Shut an organization out: keys and tokens are refused within a second", Unseen, "tenants.why-invalid")
            .Takes<WhyBody>(optional: true).Answers<OrganizationBody>();
        one.MapPost("/resume", ChangeOrganization.Resume).Requires(Permission.OrganizationsWrite)
            .Does("Let a suspended organization in again", Unseen).Answers<OrganizationBody>();
        one.MapPost("/transfer", MemberRoutes.Transfer).Requires(Permission.OwnersWrite, fresh: true)
            .Does(
                "Make a member the owner; the owner who asks becomes an admin", Unseen, "tenants.member-unknown",
                "tenants.member-unverified")
            .Takes<TransferBody>().Answers<Member>();
        one.MapPost("/leave", MemberRoutes.Leave).Requires(Permission.SelfWrite)
            .Does("Leave an organization", Unseen, "tenants.owner-last").AnswersNothing();
    }

    private static void MapMembers(RouteGroupBuilder one)
    {
        one.MapGet("/members", MemberRoutes.List).Requires(Permission.MembersRead)
            .Does("List the members of an organization", Unseen).Lists<Member>(MemberBook.PageMax);
        one.MapGet("/members/{user}", MemberRoutes.Get).Requires(Permission.MembersRead)
            .Does("Show a member of an organization", Unseen, "tenants.member-unknown").Answers<Member>().Versioned();
        one.MapPut("/members/{user}", MemberRoutes.Put).Requires(Permission.MembersWrite, fresh: true)
            .Does(
                "Give a member another role; only owners make and unmake owners", Unseen, "tenants.member-unknown",
                "tenants.member-unverified", "tenants.owner-last")
            .Takes<RoleBody>().Answers<Member>().Versioned();
        one.MapDelete("/members/{user}", MemberRoutes.Delete).Requires(Permission.MembersWrite, fresh: true)
            .Does("Take a member out", Unseen, "tenants.member-unknown", "tenants.owner-last").AnswersNothing();
        one.MapGet("/invitations", InvitationRoutes.List).Requires(Permission.MembersRead)
            .Does("List the open invitations of an organization", Unseen).Lists<Invitation>(InvitationBook.PageMax);
        one.MapPost("/invitations", InvitationRoutes.Post).Requires(Permission.MembersWrite, fresh: true).Idempotent()
            .Does(
                "Invite an address: a link that works once is mailed to it", Unseen, "tenants.member-already",
                "tenants.invitation-open", "tenants.members-max", "tenants.invitations-max", "tenants.invitations-many",
                "notices.mail-closed")
            .Takes<InvitationBody>().Answers<Invitation>(201);
    }

    private static void MapInvitations(RouteGroupBuilder api)
    {
        const string unknown = "tenants.invitation-unknown";
        const string ended = "tenants.invitation-ended";
        var invitations = api.MapGroup("/invitations").WithTags("Organizations");
        invitations.MapGet("", InvitationRoutes.Mine).Requires(Permission.SelfRead)
            .Does("List the open invitations to one's own verified address").AnswersAll<Invitation>();
        invitations.MapPost("/accept", InvitationRoutes.AcceptToken).Requires(Permission.OrganizationsJoin)
            .Does(
                "Join by the token of a mailed link", ended, "tenants.invitation-foreign", "tenants.member-already")
            .Takes<TokenBody>().Answers<Member>();
        invitations.MapPost("/{invitation}/accept", InvitationRoutes.Accept).Requires(Permission.OrganizationsJoin)
            .Does("Join by an invitation to one's own address", unknown, "tenants.member-already").Answers<Member>();
        invitations.MapPost("/{invitation}/resend", InvitationRoutes.Resend).Requires(Permission.MembersWrite, fresh: true)
            .Does(
                "Mail another link; the one before opens nothing any more", unknown, ended, "tenants.invitations-many",
                "notices.mail-closed")
            .Answers<Invitation>();
        invitations.MapPost("/{invitation}/revoke", InvitationRoutes.Revoke).Requires(Permission.MembersWrite, fresh: true)
            .Does("Take an invitation back", unknown).AnswersNothing();
    }
}
