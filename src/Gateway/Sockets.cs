namespace Sluice.Gateway;

/// <summary>WebSockets.</summary>
internal sealed class Sockets
{
    public Task Run(Exchange x) => throw new NotSupportedException(x.Rest);
}
