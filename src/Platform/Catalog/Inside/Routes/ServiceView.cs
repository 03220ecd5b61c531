namespace Sluice.Platform.Catalog.Inside.Routes;

/// <summary>A service in a list, as it stands on the wire.</summary>
internal sealed record ServiceSummaryView(
    string Name, string Title, string? Description, ServiceProtocol Protocol, ChainFamily Chain, string? ChainId,
    bool Enabled, int Version, int? Upstreams)
{
    public static ServiceSummaryView Of(ServiceDefinition service, bool all) => new(
        service.Name, service.Title, service.Description, service.Protocol, service.Chain, service.ChainId,
        service.Enabled, service.Version, all ? service.Upstreams.Count : null);
}

/// <summary>
/// One service on the wire, in the form that an import takes. Where it is carried by (upstreams) is for operators.
/// </summary>
internal sealed record ServiceView(
    string Name, string Title, string? Description, ServiceProtocol Protocol, ChainFamily Chain, string? ChainId,
    bool Enabled, int Version, bool Durable, MethodPrices Prices, ServiceLimits Limits, BillingChoices Billing,
    IReadOnlyList<CacheRule> Cache, IReadOnlyList<UpstreamDefinition>? Upstreams)
{
    public static ServiceView Of(ServiceDefinition service, bool all) => new(
        service.Name, service.Title, service.Description, service.Protocol, service.Chain, service.ChainId,
        service.Enabled, service.Version, service.Durable, service.Prices, service.Limits, service.Billing,
        service.Cache, all ? service.Upstreams : null);
}

/// <summary>A plan on the wire, in the form that an import takes.</summary>
internal sealed record PlanView(
    string Name, string Title, int Version, IReadOnlyList<string> Services, LimitSet Limits, int AppsMax, int KeysMax)
{
    public static PlanView Of(PlanDefinition plan) =>
        new(plan.Name, plan.Title, plan.Version, plan.Services, plan.Limits, plan.AppsMax, plan.KeysMax);
}
