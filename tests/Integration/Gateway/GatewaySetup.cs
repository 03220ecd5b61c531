using Sluice.Gateway;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;

namespace Sluice.Integration.Gateway;

/// <summary>What a test's gateway begins with. All of it can be changed while it runs.</summary>
public sealed class GatewaySetup
{
    public List<ServiceConfig> Services { get; set; } = [];

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public CountingAllowance Allowance { get; set; } = new();

    public CountingKeySource KeySource { get; set; } = new();

    public Action<GatewayOptions> Options { get; set; } = static _ => { };

    public PlanConfig Plan { get; set; } = new(["*"], LimitSettings.None);

    public AppRuleLists Rules { get; set; } = AppRuleLists.Empty;

    public LimitSettings AppLimits { get; set; } = LimitSettings.None;

    public LimitSettings KeyLimits { get; set; } = LimitSettings.None;

    /// <summary>Settings by their full names: <c>Gateway:CheckpointIntervalMs</c>, <c>Journal:SegmentSlots</c> …</summary>
    public Dictionary<string, string?> Settings { get; } = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Gateway:ProbeIntervalMs"] = "0",
        ["Journal:SegmentSlots"] = "4096",
        ["Journal:FreeDiskBytesMin"] = "0",
    };

    /// <summary>A plain HTTP service over these upstreams.</summary>
    public GatewaySetup Http(string name, params IReadOnlyList<string> upstreams) =>
        Add(new ServiceConfig { Name = name, JsonRpc = false, DefaultUnits = 7, Upstreams = Upstreams(upstreams) });

    /// <summary>A JSON-RPC service over these upstreams.</summary>
    public GatewaySetup Rpc(string name, params IReadOnlyList<string> upstreams) =>
        Add(new ServiceConfig { Name = name, DefaultUnits = 5, PushUnits = 3, Upstreams = Upstreams(upstreams) });

    public GatewaySetup Add(ServiceConfig service)
    {
        Services.Add(service);
        return this;
    }

    /// <summary>Changes the service added last.</summary>
    public GatewaySetup With(Func<ServiceConfig, ServiceConfig> change)
    {
        Services[^1] = change(Services[^1]);
        return this;
    }

    /// <summary>A JSON-RPC service <c>eth</c> over these upstreams, named up0, up1 …</summary>
    public static ServiceConfig ServiceOver(params string[] upstreamUrls) => new()
    {
        Name = "eth",
        DefaultUnits = 10,
        TimeoutMs = 5_000,
        Upstreams = [.. upstreamUrls.Select((url, i) => Upstream($"up{i}", url))],
    };

    public static UpstreamConfig Upstream(string name, string url, params (string Name, string Value)[] headers) => new(
        name, new Uri(url), new Uri("ws" + url["http".Length..]),
        [.. headers.Select(header => new KeyValuePair<string, string>(header.Name, header.Value))]);

    /// <summary>Upstreams named up1, up2 … each with the credential <c>X-Upstream-Key: upstream-secret-1</c>.</summary>
    public static IReadOnlyList<UpstreamConfig> Upstreams(params IReadOnlyList<string> urls) =>
        [.. urls.Select((url, i) => Upstream($"up{i + 1}", url, ("X-Upstream-Key", $"upstream-secret-{i + 1}")))];
}
