namespace Sluice.Gateway.Upstreams;

/// <summary>
/// Posts a body to one upstream and brings the whole answer back. Never throws for what an upstream does: the answer
/// says what went wrong.
/// </summary>
internal interface IUpstreamTransport : IDisposable
{
    ValueTask Send(ReadOnlyMemory<byte> body, UpstreamAnswer answer, int timeoutMs, long bodyBytesMax);
}
