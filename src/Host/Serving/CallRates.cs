using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Sluice.Host.Portal;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Api;

namespace Sluice.Host.Serving;

/// <summary>
/// How often a person, a person's programs, a token, or an unknown client of the API may ask: so many a second, and a burst. Kept
/// by each process for itself. Calls through the gateway have limits of their own and do not come by here.
/// </summary>
internal static class CallRates
{
    private static readonly string[] Open = ["/api", "/auth"];

    public static IServiceCollection AddCallRates(this IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<ApiOptions>>((limiter, options) =>
        {
            var bucket = new TokenBucketRateLimiterOptions
            {
                // What comes in a second must find room in the bucket.
                TokenLimit = Math.Max(options.Value.CallsBurst, options.Value.CallsPerSecond),
                TokensPerPeriod = options.Value.CallsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            };
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => Who(http) is { } who
                ? RateLimitPartition.GetTokenBucketLimiter(who, _ => bucket)
                : RateLimitPartition.GetNoLimiter(""));
            limiter.OnRejected = async (context, _) => await Refuse(context.HttpContext, context.Lease);
        });
        return services;
    }

    // A person's programs share one, apart from the person's own: who has to stop one must get in. Who does not say who he is
    // has none here on pages: people behind one proxy would share it, and forms have theirs.
    private static string? Who(HttpContext http)
    {
        if (Actor.From(http.User) is { } actor)
            return actor.Kind == ActorKind.System ? null : actor.Token is null ? actor.Name : $"programs of {actor.Name}";
        return Array.Exists(Open, prefix => http.Request.Path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase))
            ? Client(http)
            : null;
    }

    // One client has a /64 of IPv6 to itself.
    private static string Client(HttpContext http)
    {
        if (http.Connection.RemoteIpAddress is not { } address) return "local";
        return address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6
            ? new IPNetwork(Prefix(address), 64).ToString()
            : address.ToString();
    }

    private static IPAddress Prefix(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes);
    }

    private static async Task Refuse(HttpContext http, RateLimitLease lease)
    {
        const string told = "These are too many requests at once: slow down, and repeat this one later.";
        var refusal = new Refusal("api.too-many", told, 429)
        {
            RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1),
        };
        http.Response.StatusCode = refusal.Status;
        Http.SayWhen(http, refusal.RetryAfter.Value);
        if (!await PortalModule.AnswerPerson(http)) await Http.Write(http, refusal);
    }
}
