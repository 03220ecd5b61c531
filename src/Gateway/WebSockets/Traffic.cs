namespace Sluice.Gateway.WebSockets;

/// <summary>What flows through a pair of sockets: JSON-RPC, or messages as they are.</summary>
internal interface ITraffic : IDisposable
{
    /// <summary>From the client to the upstream, until either ends.</summary>
    Task Up();

    /// <summary>From the upstream to the client, until either ends.</summary>
    Task Down();

    /// <summary>Answers that the client still waits for.</summary>
    int Owed { get; }

    /// <summary>Whether silence is to be expected, because the client waits for pushes.</summary>
    bool MayBeSilent { get; }

    /// <summary>Comes a few times a second.</summary>
    void Tick(long nowMs);

    /// <summary>Settles what is still under way.</summary>
    Task Finish(Ending how);
}
