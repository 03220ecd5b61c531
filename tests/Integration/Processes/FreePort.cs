using System.Net;
using System.Net.Sockets;

namespace Sluice.Integration.Processes;

/// <summary>
/// Ports for programs that cannot pick one themselves. A port is handed out once per process; between two processes
/// a small race remains, because the port is free again until the program binds it.
/// </summary>
public static class FreePort
{
    private static readonly HashSet<int> Taken = [];

    public static int Next()
    {
        lock (Taken)
        {
            while (true)
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
                if (Taken.Add(port)) return port;
            }
        }
    }
}
