using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>The providers of the settings, each with its line. Nothing is asked of them before somebody comes.</summary>
internal sealed class ProviderBook : IDisposable
{
    private readonly Dictionary<string, Provider> _all = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _owned = [];

    public ProviderBook(
        IOptions<ProviderSet> set, IOptions<TenantsOptions> tenants, TimeProvider time, ILogger<ProviderBook> log)
    {
        foreach (var settings in set.Value.All)
        {
            // Each has a way back of its own: what another one sends there is not taken (RFC 9700, 4.4).
            var back = new Uri(tenants.Value.PublicUrl, $"/sign-in/with/{settings.Name}/return").ToString();
            var line = new ProviderLine(settings, log);
            _owned.Add(line);
            if (settings.Kind == ProviderKind.GitHub)
            {
                _all.Add(settings.Name, new Provider(settings, new GitHubProvider(settings, line, back)));
                continue;
            }
            var kind = new OpenIdProvider(settings, line, back, time);
            _owned.Add(kind);
            _all.Add(settings.Name, new Provider(settings, kind));
        }
        Shown = [.. _all.Values.Select(provider => provider.Shown)];
        Issuers = [.. _all.Values.Select(provider => provider.Issuer)];
    }

    public IReadOnlyList<SignInProvider> Shown { get; }

    /// <summary>Whose logins let somebody in.</summary>
    public string[] Issuers { get; }

    public Provider? Find(string name) => _all.GetValueOrDefault(name);

    public Provider? OfIssuer(string issuer) => _all.Values.FirstOrDefault(provider => provider.Issuer == issuer);

    public void Dispose()
    {
        foreach (var one in _owned) one.Dispose();
    }
}
