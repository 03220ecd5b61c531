using System.Net;
using Microsoft.AspNetCore.Http;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Rules;
using Sluice.Gateway.Snapshot;

namespace Sluice.Gateway.Steps;

/// <summary>
/// The app's rules, then every rate limit at once: of the key, the app and the plan. What one limit refuses, no other
/// limit is charged for.
/// </summary>
internal sealed class Admit(TimeProvider time, NetworkSet trustedProxies)
{
    /// <summary>What holds for the whole exchange: the service, origin, user agent and network.</summary>
    public bool Run(Exchange x)
    {
        var app = x.Caller!.App;
        var service = x.Service!;
        var rules = app.Rules;
        var headers = x.Http.Request.Headers;
        if (!app.Organization.Services.Allows(service.Name)) return Refuse(x, GatewayError.PlanForbids);
        if (!CheckOrigin(x, rules, headers)) return false;
        if (!rules.AllowsService(service.Name)) return Refuse(x, GatewayError.ServiceForbidden);
        if (rules.HasUserAgentRule && !rules.AllowsUserAgent(headers.UserAgent.ToString()))
            return Refuse(x, GatewayError.AgentForbidden);
        if (rules.HasNetworkRule && (ClientOf(x.Http) is not { } client || !rules.AllowsNetwork(client)))
            return Refuse(x, GatewayError.NetworkForbidden);
        return true;
    }

    /// <summary>What holds for one call: its method, its contracts, and the rates.</summary>
    public bool Run(Exchange x, Entry e, ReadOnlySpan<byte> methodName, ReadOnlySpan<byte> rawParams)
    {
        var rules = x.Caller!.App.Rules;
        if (x.Service!.Config.JsonRpc)
        {
            if (!e.Method!.Listed && !x.Service.Config.UnlistedAllowed) return Refuse(e, GatewayError.MethodUnlisted);
            if (rules.HasMethodRule && !rules.AllowsMethod(methodName)) return Refuse(e, GatewayError.MethodForbidden);
            if (rules.HasContractRule)
            {
                var decision = rules.CheckContracts(methodName, rawParams);
                if (!decision.Allowed)
                {
                    e.Refused = new Refused(GatewayError.ContractForbidden, decision.Explain());
                    return false;
                }
            }
        }
        else if (rules.HasMethodRule || rules.HasContractRule)
        {
            // These rules speak of JSON-RPC; a service without it cannot satisfy them.
            return Refuse(e, rules.HasMethodRule ? GatewayError.MethodForbidden : GatewayError.ContractForbidden);
        }
        return TakeRates(x.Caller, e);
    }

    private bool TakeRates(Caller caller, Entry e)
    {
        var now = NowNanos();
        var key = caller.Limits;
        var app = caller.App.Limits;
        var plan = caller.App.Organization.Plan;
        if (!Take(key, e, now)) return false;
        if (!Take(app, e, now))
        {
            PutBack(key, e.Units);
            return false;
        }
        if (Take(plan, e, now)) return true;
        PutBack(app, e.Units);
        PutBack(key, e.Units);
        return false;
    }

    /// <summary>
    /// Gives the rates back what <see cref="Run(Exchange, Entry, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> took for a
    /// call that a quota refused.
    /// </summary>
    public static void PutBack(Exchange x, Entry e)
    {
        var app = x.Caller!.App;
        PutBack(x.Caller.Limits, e.Units);
        PutBack(app.Limits, e.Units);
        PutBack(app.Organization.Plan, e.Units);
    }

    private static bool Take(LimitScope? scope, Entry e, long now)
    {
        if (scope is null) return true;
        var settings = scope.Settings;
        if (settings.RequestsPerSecond is { } requests && !scope.Requests.TryTake(1, requests, now, out var wait))
            return Refuse(e, GatewayError.RateLimited, scope.Name + "-requests", requests, wait);
        if (settings.UnitsPerSecond is not { } units || scope.Units.TryTake(e.Units, units, now, out wait)) return true;
        if (settings.RequestsPerSecond is { } taken) scope.Requests.PutBack(1, taken);
        return Refuse(e, GatewayError.UnitsLimited, scope.Name + "-units", units, wait);
    }

    private static void PutBack(LimitScope? scope, long units)
    {
        if (scope is null) return;
        var settings = scope.Settings;
        if (settings.RequestsPerSecond is { } requests) scope.Requests.PutBack(1, requests);
        if (settings.UnitsPerSecond is { } perSecond) scope.Units.PutBack(units, perSecond);
    }

    // A page may read the answer only where its origin is allowed; without an origin rule every origin is.
    private static bool CheckOrigin(Exchange x, CompiledRules rules, IHeaderDictionary headers)
    {
        var origin = headers.Origin;
        if (rules.HasOriginRule && (origin.Count != 1 || rules.CheckOrigin(origin[0]) != OriginDecision.Allowed))
            return Refuse(x, GatewayError.OriginForbidden);
        if (origin.Count == 1) x.AllowedOrigin = origin[0];
        return true;
    }

    private IPAddress? ClientOf(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } peer
            ? ForwardedClient.Resolve(peer, http.Request.Headers["X-Forwarded-For"].ToString(), trustedProxies)
            : null;

    private long NowNanos() => (long)((Int128)time.GetTimestamp() * 1_000_000_000 / time.TimestampFrequency);

    private static bool Refuse(Exchange x, GatewayError error)
    {
        x.Refused = new Refused(error);
        return false;
    }

    private static bool Refuse(Entry e, GatewayError error)
    {
        e.Refused = new Refused(error);
        return false;
    }

    private static bool Refuse(Entry e, GatewayError error, string policy, long quota, long waitNanos)
    {
        var seconds = Math.Max(1, (waitNanos + 999_999_999) / 1_000_000_000);
        e.Refused = new Refused(error, Limit: new LimitHit(policy, quota, 1, 0, seconds));
        return false;
    }
}
