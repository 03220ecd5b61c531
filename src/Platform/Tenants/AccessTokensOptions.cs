using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Tenants;

/// <summary>The tokens that this installation signs itself. Section <c>AccessTokens</c>.</summary>
public sealed class AccessTokensOptions
{
    /// <summary>
    /// Who the tokens say they are of, and where their keys are found below. Default: the public
    /// address of the installation.
    /// </summary>
    public Uri? Issuer { get; set; }

    /// <summary>For whom the tokens are. Default: <c>/api/v1</c> of the issuer.</summary>
    public string? Audience { get; set; }

    /// <summary>How long an access token lasts, in minutes. Default 15.</summary>
    [Range(1, 60)]
    public int Minutes { get; set; } = 15;

    /// <summary>How long a refresh token lasts without being used, in hours. Default 168 (a week).</summary>
    [Range(1, 8760)]
    public int RefreshIdleHours { get; set; } = 168;

    /// <summary>How long a grant lasts however much it is refreshed, in days. Default 30.</summary>
    [Range(1, 365)]
    public int GrantDays { get; set; } = 30;

    /// <summary>
    /// How long a used refresh token still gives the same successor, in seconds, as long as nobody used that one. 0: never.
    /// Default 10.
    /// </summary>
    [Range(0, 60)]
    public int RefreshGraceSeconds { get; set; } = 10;

    /// <summary>How long a key signs, in days. Default 30.</summary>
    [Range(1, 365)]
    public int KeyDays { get; set; } = 30;
}
