using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace Sluice.Gateway.PlainHttp;

/// <summary>
/// YARP's forwarder without its log, which would write every upstream's address, credentials in queries included. What
/// goes wrong is told by the call's record and the metrics.
/// </summary>
internal static class SilentForwarder
{
    public static IHttpForwarder Make(TimeProvider time)
    {
        var parts = new ServiceCollection();
        parts.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        parts.AddSingleton(time);
        parts.AddHttpForwarder();
        return parts.BuildServiceProvider().GetRequiredService<IHttpForwarder>();
    }
}
