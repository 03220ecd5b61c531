using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>How a kind of provider is spoken to.</summary>
internal interface IProviderKind
{
    /// <summary>Where a journey goes.</summary>
    Task<Result<Uri>> Authorize(Journey journey, CancellationToken ct);

    /// <summary>Refuses an answer that is another issuer's (RFC 9207), or that says no.</summary>
    Task<Result<Done>> Judge(ProviderAnswer answer, CancellationToken ct);

    /// <summary>Who somebody is, by the code that came back.</summary>
    Task<Result<Identity>> Redeem(string code, Journey journey, CancellationToken ct);
}

/// <summary>A provider: what the settings say of it, and how it is spoken to.</summary>
internal sealed class Provider(ProviderSettings settings, IProviderKind kind)
{
    public ProviderSettings Settings => settings;

    public IProviderKind Kind => kind;

    public string Label => settings.Label;

    /// <summary>Under which logins are kept: a name may be given to another provider later, an issuer stays who it is.</summary>
    public string Issuer => settings.Issuer;

    public SignInProvider Shown { get; } = new(settings.Name, settings.Label, settings.StepUp);
}
