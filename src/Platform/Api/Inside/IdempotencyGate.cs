using Microsoft.Extensions.Options;

namespace Sluice.Platform.Api.Inside;

/// <summary>
/// How many creations hold a connection at once: what a handler reads beside it needs another one, and with all
/// connections held nobody would get it.
/// </summary>
internal sealed class IdempotencyGate(IOptions<ApiOptions> options) : IDisposable
{
    public SemaphoreSlim Places { get; } = new(options.Value.IdempotentAtOnce);

    public void Dispose() => Places.Dispose();
}
