using Sluice.Chains.Evm;
using Sluice.Host.Portal;
using Sluice.Host.Settings;
using Sluice.Host.Wiring;
using Sluice.Kernel;
using Sluice.Platform.Api;
using Sluice.Platform.Audit;
using Sluice.Platform.Catalog;
using Sluice.Platform.Jobs;
using Sluice.Platform.Keys;
using Sluice.Platform.Metering;
using Sluice.Platform.Notices;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Serving;

/// <summary>All rooms of the platform, in the order of their arrows. One file lists everything that is in the binary.</summary>
internal static class Rooms
{
    /// <param name="services">Where they are registered.</param>
    /// <param name="roles">What this process does; none for a command, which asks and is gone.</param>
    public static void AddRooms(this IServiceCollection services, Roles roles)
    {
        services.AddApi();
        services.AddAudit(sign: roles.HasFlag(Roles.Worker));
        services.AddJobs(dispatch: roles.HasFlag(Roles.Worker));
        services.AddTenants();
        services.AddSingleton<IKnownOrganizations, KnownOrganizations>();
        services.AddCatalog();
        services.AddSingleton<IEvmCaller, CatalogChains>();
        services.AddSingleton<IMailGate, NoticesMail>();
        services.AddSingleton<IUsageFacts, UsageFacts>();
        services.AddNotices(deliver: roles.HasFlag(Roles.Worker));
        services.AddKeys();
        if (roles.HasFlag(Roles.Gateway)) services.AddOwnJournal();
        services.AddMetering(
            pump: roles.HasFlag(Roles.Gateway),
            roles.HasFlag(Roles.Worker) ? TakeoverMode.Always
            : roles.HasFlag(Roles.Gateway) ? TakeoverMode.Once
            : TakeoverMode.Never);
    }

    /// <summary>Where the journals are, and what nodes show each other.</summary>
    public static void AddJournals(this IServiceCollection services, HostSettings settings) =>
        services.Configure<MeteringOptions>(metering =>
        {
            metering.JournalsDirectory = settings.JournalsDirectory;
            metering.InternalToken = settings.InternalToken ?? InternalToken.OfFolder(settings);
        });

    /// <summary>Where people reach the installation, and who is its first operator.</summary>
    public static void AddPeople(this IServiceCollection services, HostSettings settings)
    {
        var url = settings.PublicUrl ?? settings.Addresses.FirstOrDefault(one => one.Port > 0)?.ToLocalUrl();
        services.Configure<TenantsOptions>(tenants =>
        {
            tenants.PublicUrl = url ?? tenants.PublicUrl;
            tenants.OperatorEmail = settings.BootstrapOperatorEmail?.Trim().ToLowerInvariant();
            tenants.ViewerEmail = settings.BootstrapViewerEmail?.Trim().ToLowerInvariant();
            tenants.BootstrapPassword = settings.BootstrapPassword;
        });
    }

    /// <summary>The key ring of the data folder, with which rooms encrypt what must not stand in clear.</summary>
    public static void AddKeyRing(this IServiceCollection services, HostSettings settings)
    {
        DataFolder.MakeInside(settings.KeyRingDirectory);
        services.AddProtection();
        services.Configure<CatalogOptions>(
            catalog => catalog.KeyRingFile = Path.Combine(settings.KeyRingDirectory, "catalog.json"));
    }

    /// <summary>The demo has no mail server: its mails are kept for the operator to read, unless one is set.</summary>
    public static void KeepMail(this IServiceCollection services) =>
        services.PostConfigure<MailOptions>(mail => mail.Keep |= mail.Host.Length == 0);

    /// <summary>The rooms' routes; the group stands for /api/v1.</summary>
    public static void MapRooms(this RouteGroupBuilder api)
    {
        api.MapAudit();
        api.MapJobs();
        api.MapTenants();
        api.MapCatalog();
        api.MapNotices();
        api.MapKeys();
        api.MapMetering();
    }

    /// <summary>What the processes of one installation ask each other; each route asks for the token that they share.</summary>
    public static void MapInternal(this IEndpointRouteBuilder app) => app.MapMeteringInternal();

    // Tenants may not open Notices.
    private sealed class NoticesMail(IMail mail) : IMailGate
    {
        public Refusal? Closed => mail.Closed;
    }

    // Catalog may not open Tenants; what it must know of it, it is told here.
    private sealed class KnownOrganizations(ITenants tenants) : IKnownOrganizations
    {
        public async Task<bool> Exists(OrganizationId organization, CancellationToken ct = default) =>
            await tenants.FindOrganization(organization, ct) is not null;
    }
}
