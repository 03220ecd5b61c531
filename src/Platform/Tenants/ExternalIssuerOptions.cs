using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Tenants;

/// <summary>An outside issuer whose access tokens the API takes. Section <c>ExternalIssuer</c>.</summary>
public sealed class ExternalIssuerOptions : IValidatableObject
{
    /// <summary>The issuer, an https address exactly as its tokens name it. Default none: no outside tokens are taken.</summary>
    public string? Url { get; set; }

    /// <summary>What the tokens must name as their audience. Needed with an issuer.</summary>
    public string? Audience { get; set; }

    /// <summary>Where its keys are, by https. Default: what its discovery document names.</summary>
    public string? KeysUrl { get; set; }

    /// <summary>Algorithms taken of it: <c>RS256</c>, <c>ES256</c>. Default both.</summary>
    public IList<string> Algorithms { get; } = [];

    /// <summary>
    /// How a token finds its user: <c>subject</c>, by the links of its subject, or <c>email</c>, by its verified address, which
    /// trusts the issuer with every address. Default subject.
    /// </summary>
    public ExternalUserBy UserBy { get; set; } = ExternalUserBy.Subject;

    /// <summary>
    /// Whether a token must name permissions in its scope. Default false: one that names none has all of its user's.
    /// </summary>
    public bool ScopesRequired { get; set; }

    /// <summary>How far the issuer's clock may be off, in seconds. Default 60.</summary>
    [Range(0, 300)]
    public int SkewSeconds { get; set; } = 60;

    /// <summary>How long its keys are kept before they are fetched again, in minutes. Default 60.</summary>
    [Range(1, 1440)]
    public int KeysMinutes { get; set; } = 60;

    /// <summary>
    /// The least time between two fetches of its keys, in seconds, however many unknown keys tokens name. Default 30.
    /// </summary>
    [Range(1, 3600)]
    public int RefetchSeconds { get; set; } = 30;

    /// <summary>How long a fetch of its keys may take, in ms. Default 5000.</summary>
    [Range(100, 60_000)]
    public int TimeoutMs { get; set; } = 5000;

    /// <summary>
    /// A PEM file of authorities to trust with the issuer's certificate, in place of the system's. Default none.
    /// </summary>
    public string? AuthorityFile { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is null)
        {
            if (Audience is not null || KeysUrl is not null)
                yield return new("ExternalIssuer: name the issuer (Url) too, or nothing of it.", [nameof(Url)]);
            yield break;
        }
        if (!IsHttps(Url)) yield return new("ExternalIssuer: Url must be an https address without query.", [nameof(Url)]);
        if (KeysUrl is not null && !IsHttps(KeysUrl))
            yield return new("ExternalIssuer: KeysUrl must be an https address.", [nameof(KeysUrl)]);
        if (string.IsNullOrWhiteSpace(Audience))
            yield return new(
                "ExternalIssuer: name the audience; otherwise tokens meant for others would open the API.", [nameof(Audience)]);
        foreach (var algorithm in Algorithms.Where(one => one is not ("RS256" or "ES256")))
            yield return new($"ExternalIssuer: {algorithm} is not taken; RS256 and ES256 are.", [nameof(Algorithms)]);
    }

    private static bool IsHttps(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps
        && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0;
}

/// <summary>By what a token of an outside issuer finds its user.</summary>
public enum ExternalUserBy
{
    Subject,
    Email,
}
