namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>
/// An identity provider as the settings name it: <c>SLUICE_PROVIDERS__{NAME}__…</c>. Names and values are checked by
/// <see cref="ProviderSet"/>.
/// </summary>
internal sealed record ProviderSettings(string Name)
{
    /// <summary><c>openid</c>, which finds the rest by discovery, or <c>github</c>. Default openid.</summary>
    public ProviderKind Kind { get; init; }

    /// <summary>The issuer, https, exactly as its tokens name it. GitHub: its address, default https://github.com.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>As what the installation is registered there. Needed.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>The secret of the registration, or its file by <c>CLIENTSECRET_FILE</c>. Needed.</summary>
    public string ClientSecret { get; init; } = "";

    /// <summary>What its button says. Default: the name.</summary>
    public string Label { get; init; } = "";

    /// <summary>What is asked for, by blanks. Default <c>openid email profile</c>; GitHub: <c>read:user user:email</c>.</summary>
    public string Scopes { get; init; } = "";

    /// <summary>How the secret is sent: <c>basic</c> or <c>post</c>. Default: as discovery says, otherwise basic.</summary>
    public SecretSending? TokenAuth { get; init; }

    /// <summary>Whether people who are not known yet sign up by it, as far as the policy lets them. Default true.</summary>
    public bool SignUp { get; init; } = true;

    /// <summary>
    /// Whether it asks people again who they are when it is told to, and says when it did. Default true; false for GitHub
    /// and Google, which do not.
    /// </summary>
    public bool StepUp { get; init; }

    /// <summary>GitHub alone: where its API is. Default https://api.github.com, or the address and <c>/api/v3</c>.</summary>
    public string ApiUrl { get; init; } = "";

    /// <summary>How far its clock may be off, in seconds, 0 to 300. Default 60.</summary>
    public int SkewSeconds { get; init; } = 60;

    /// <summary>How long one answer of it may take, in ms, 100 to 60,000. Default 5000.</summary>
    public int TimeoutMs { get; init; } = 5000;

    /// <summary>A PEM file of authorities to trust with its certificate, in place of the system's. Default none.</summary>
    public string? AuthorityFile { get; init; }

    // A record would tell its secret wherever it is printed.
    public override string ToString() => Name;
}

internal enum ProviderKind
{
    OpenId,
    GitHub,
}

internal enum SecretSending
{
    Basic,
    Post,
}
