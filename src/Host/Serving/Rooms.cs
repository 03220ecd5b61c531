using Microsoft.AspNetCore.DataProtection;
using Sluice.Host.Settings;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Serving;

/// <summary>All rooms of the platform, in the order of their arrows. One file lists everything that is in the binary.</summary>
internal static class Rooms
{
    /// <param name="services">Where they are registered.</param>
    /// <param name="dispatch">Whether this process runs what is due: only the role worker does.</param>
    public static void AddRooms(this IServiceCollection services, bool dispatch)
    {
        services.AddAudit();
        services.AddJobs(dispatch);
        services.AddTenants();
    }

    /// <summary>The key ring of the data folder, with which rooms encrypt what must not stand in clear.</summary>
    public static void AddKeyRing(this IServiceCollection services, HostSettings settings)
    {
        Directory.CreateDirectory(settings.KeyRingDirectory, DataFolder.Private);
        services.AddDataProtection().SetApplicationName("sluice").PersistKeysToFileSystem(new DirectoryInfo(settings.KeyRingDirectory));
    }

    /// <summary>The rooms' routes; the group stands for /api/v1.</summary>
    public static void MapRooms(this RouteGroupBuilder api)
    {
        api.MapTenants();
    }

    /// <summary>What the processes of one installation ask each other; the group stands for /internal.</summary>
    public static void MapInternal(this RouteGroupBuilder inside)
    {
    }
}
