using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Api;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Data.Deletions;
using Sluice.Platform.Tenants.Inside.Data.Exports;
using Sluice.Platform.Tenants.Inside.Organizations.Routes;

namespace Sluice.Platform.Tenants.Inside.Data;

/// <summary>What people take along and what they have deleted: what the room's module wires of it.</summary>
internal static class DataWiring
{
    private const string Unseen = "tenants.organization-unknown";
    private const string Export = "tenants.export-unknown";
    private const string NoDeletion = "tenants.deletion-none";
    private const string Unknown = "tenants.user-unknown";

    private const string Deletions = "deletions";

    private static readonly TimeSpan PackingMax = TimeSpan.FromMinutes(30);

    public static void AddData(this IServiceCollection services)
    {
        services.AddOptions<DataOptions>().BindConfiguration("Data").ValidateDataAnnotations().ValidateOnStart();
        services.AddQueue(new JobQueue(PackExportJob.Queue)
        {
            Concurrency = 2,
            AttemptsMax = PackExportJob.AttemptsMax,
            Timeout = PackingMax,
        });
        services.AddQueue(new JobQueue(Deletions) { Concurrency = 1 });
        services.TryAddSingleton<ExportTable>();
        services.TryAddSingleton<ExportArchive>();
        services.TryAddSingleton<ExportLetters>();
        services.TryAddSingleton<SignInDoors>();
        services.TryAddSingleton<PersonExports>();
        services.TryAddSingleton<IExports, ExportBook>();
        services.AddSingleton<IExportSource, TenantExports>();
        services.AddJob<PackExport, PackExportJob>(PackExportJob.Queue, PackExportJob.Name);
        services.TryAddSingleton<DeletionPlan>();
        services.TryAddSingleton<DeletionLetters>();
        services.TryAddSingleton<OrganizationDeletions>();
        services.TryAddSingleton<UserDeletions>();
        services.TryAddSingleton<OrganizationErasure>();
        services.TryAddSingleton<UserErasure>();
        services.TryAddSingleton<IDeletions, DeletionDesk>();
        services.AddJob<DeleteOrganization, DeleteOrganizationJob>(Deletions, DeleteOrganizationJob.Name);
        services.AddJob<DeleteUser, DeleteUserJob>(Deletions, DeleteUserJob.Name);
        services.AddJob<FindOverdue, OverdueDeletions>(Deletions, OverdueDeletions.Name);
        services.AddSchedule(OverdueDeletions.Name, Recurrence.Every(OverdueDeletions.Every), new FindOverdue());
    }

    public static void MapData(this RouteGroupBuilder api)
    {
        MapExports(api.MapGroup("").WithTags("Data"));
        MapDeletions(api.MapGroup("").WithTags("Data"));
    }

    private static void MapExports(RouteGroupBuilder api)
    {
        const string ask = "an archive of JSON lines, packed by a job and kept for some days";
        api.MapPost("/organizations/{org}/exports", ExportRoutes.Post).Requires(Permission.DataExport, fresh: true).Idempotent()
            .Does($"Ask for all data of an organization: {ask}", Unseen, "tenants.export-waiting", "tenants.exports-many")
            .Answers<DataExport>(201);
        api.MapGet("/organizations/{org}/exports", ExportRoutes.List).Requires(Permission.DataExport)
            .Does("List the exports of an organization that are kept, newest first", Unseen).AnswersAll<DataExport>();
        api.MapPost("/me/exports", ExportRoutes.PostMine).Requires(Permission.SelfSecurity, fresh: true).Idempotent()
            .Does($"Ask for all data of one's own account: {ask}", "tenants.export-waiting", "tenants.exports-many")
            .Answers<DataExport>(201);
        api.MapGet("/me/exports", ExportRoutes.ListMine).Requires(Permission.SelfRead)
            .Does("List the exports of one's own account that are kept, newest first").AnswersAll<DataExport>();
        api.MapGet("/exports/{export}", ExportRoutes.Get).RequiresAny(Permission.DataExport, Permission.SelfRead)
            .Does("Show how an export stands", Export).Answers<DataExport>();
        api.MapGet("/exports/{export}/content", ExportRoutes.Content)
            .RequiresAny(Permission.DataExport, Permission.SelfSecurity)
            .Does(
                "Download an export: a ZIP archive", Export, "tenants.export-waiting", "tenants.export-failed", "access.step-up")
            .Produces(StatusCodes.Status200OK, contentType: ArchiveResult.ContentType);
    }

    private static void MapDeletions(RouteGroupBuilder api)
    {
        api.MapPost("/organizations/{org}/delete", DeletionRoutes.DeleteOrganization)
            .Requires(Permission.OrganizationDelete, fresh: true)
            .Does(
                "Have an organization deleted some days from now; it is shut at once", Unseen,
                "tenants.organization-suspended", "auth.too-many")
            .Answers<OrganizationBody>();
        api.MapPost("/organizations/{org}/keep", DeletionRoutes.KeepOrganization).Requires(Permission.OrganizationDelete)
            .Does(
                "Take the deletion of an organization back: it works again", Unseen, NoDeletion,
                "tenants.organization-suspended")
            .Answers<OrganizationBody>();
        api.MapPost("/me/delete", DeletionRoutes.DeleteMine).Requires(Permission.SelfSecurity, fresh: true)
            .Does(
                "Have one's own account deleted some days from now, with the organizations that it alone owns",
                "tenants.owner-last", "tenants.operator-last",
                "tenants.organization-suspended", "auth.too-many")
            .Answers<User>();
        api.MapPost("/me/keep", DeletionRoutes.KeepMine).Requires(Permission.SelfSecurity)
            .Does("Take the deletion of one's own account back", NoDeletion).Answers<User>();
        api.MapPost("/users/{user}/delete", DeletionRoutes.DeleteUser).Requires(Permission.UsersWrite, fresh: true)
            .Does("Have a person's account deleted some days from now", Unknown, "tenants.owner-last", "tenants.operator-last",
                "tenants.organization-suspended", "auth.too-many")
            .Answers<User>();
        api.MapPost("/users/{user}/keep", DeletionRoutes.KeepUser).Requires(Permission.UsersWrite)
            .Does("Take the deletion of a person's account back", Unknown, NoDeletion).Answers<User>();
    }
}
