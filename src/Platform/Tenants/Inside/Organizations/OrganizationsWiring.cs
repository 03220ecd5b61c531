using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations.Routes;

namespace Sluice.Platform.Tenants.Inside.Organizations;

/// <summary>Organizations, members and invitations: what the room's module wires of them.</summary>
internal static class OrganizationsWiring
{
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
        all.MapGet("", ListOrganizations.Handle).Requires(Permission.MembershipsRead);
        all.MapPost("", PostOrganization.Handle).Requires(Permission.OrganizationsCreate);
        var one = api.MapGroup("/organizations/{org}").WithTags("Organizations");
        one.MapGet("", GetOrganization.Handle).Requires(Permission.OrganizationRead);
        one.MapPut("", ChangeOrganization.Rename).Requires(Permission.OrganizationWrite);
        one.MapPost("/suspend", ChangeOrganization.Suspend).Requires(Permission.OrganizationsWrite);
        one.MapPost("/resume", ChangeOrganization.Resume).Requires(Permission.OrganizationsWrite);
        one.MapPost("/transfer", MemberRoutes.Transfer).Requires(Permission.OwnersWrite, fresh: true);
        one.MapPost("/leave", MemberRoutes.Leave).Requires(Permission.SelfWrite);
        one.MapGet("/members", MemberRoutes.List).Requires(Permission.MembersRead);
        one.MapPut("/members/{user}", MemberRoutes.Put).Requires(Permission.MembersWrite, fresh: true);
        one.MapDelete("/members/{user}", MemberRoutes.Delete).Requires(Permission.MembersWrite, fresh: true);
        one.MapGet("/invitations", InvitationRoutes.List).Requires(Permission.MembersRead);
        one.MapPost("/invitations", InvitationRoutes.Post).Requires(Permission.MembersWrite, fresh: true);
        var invitations = api.MapGroup("/invitations").WithTags("Organizations");
        invitations.MapGet("", InvitationRoutes.Mine).Requires(Permission.SelfRead);
        invitations.MapPost("/accept", InvitationRoutes.AcceptToken).Requires(Permission.OrganizationsJoin);
        invitations.MapPost("/{invitation}/accept", InvitationRoutes.Accept).Requires(Permission.OrganizationsJoin);
        invitations.MapPost("/{invitation}/resend", InvitationRoutes.Resend).Requires(Permission.MembersWrite, fresh: true);
        invitations.MapPost("/{invitation}/revoke", InvitationRoutes.Revoke).Requires(Permission.MembersWrite, fresh: true);
    }
}
