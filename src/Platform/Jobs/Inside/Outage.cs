using System.Net.Sockets;
using Npgsql;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>What a worker survives: the database is away, slow or restarting.</summary>
internal static class Outage
{
    public static bool Is(Exception error) =>
        error is NpgsqlException or TimeoutException or SocketException or IOException or InvalidOperationException;
}
