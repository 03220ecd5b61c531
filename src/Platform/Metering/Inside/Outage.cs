using System.Net.Sockets;
using Npgsql;

namespace Sluice.Platform.Metering.Inside;

/// <summary>What a worker survives: the database is away, slow or restarting, or the disk refuses.</summary>
internal static class Outage
{
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(5);

    public static bool Is(Exception error) =>
        error is NpgsqlException or TimeoutException or SocketException or IOException or InvalidDataException
            or UnauthorizedAccessException;

    public static TimeSpan Backoff(TimeSpan last, TimeSpan first)
    {
        var next = last < first ? first : last + last;
        return next > BackoffMax ? BackoffMax : next;
    }
}
