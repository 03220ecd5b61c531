using Sluice.Host.Portal.Assets;
using Sluice.Host.Portal.Web;
using Sluice.Kernel;

namespace Sluice.Host.Portal;

/// <summary>What a page knows of the request that it answers. Components take it as a cascading parameter.</summary>
public sealed record PageContext
{
    /// <summary>Admits this answer's own script and style, and nothing else.</summary>
    public required string Nonce { get; init; }

    /// <summary>Path and query of the request: where forms that are not about the page lead back to.</summary>
    public required string Path { get; init; }

    public required PortalAssets Assets { get; init; }

    /// <summary>Makes the hidden field of a form, and its cookie, at first need.</summary>
    public required Func<FormToken> FormToken { get; init; }

    public required DateTimeOffset Now { get; init; }

    public Brand Brand { get; init; } = new();

    public Theme Theme { get; init; }

    /// <summary>In which times are told. UTC for whoever has not said.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>What the request before this one did, told once.</summary>
    public Toast? Toast { get; init; }

    /// <summary>Who is signed in; null for a visitor.</summary>
    public Viewer? Viewer { get; init; }

    /// <summary>Whether the browser will keep cookies: it does over TLS, and on this machine.</summary>
    public bool IsSafe { get; init; } = true;

    /// <summary>Why nothing can be mailed here; null where mail is open. What takes a mail is not offered then.</summary>
    public string? MailClosed { get; init; }

    /// <summary>Which public pages this process offers; a link to what is not there is not drawn.</summary>
    public PublicPages Offered { get; init; }

    /// <summary>The path of the request without its query.</summary>
    public string Place => Path.Split('?', 2)[0];
}

/// <summary>The name under which an installation presents itself.</summary>
public sealed record Brand(string Name = "Sluice");

/// <summary>Automatic follows the browser.</summary>
public enum Theme
{
    Auto,
    Light,
    Dark,
}

[Flags]
public enum PublicPages
{
    None = 0,
    SignIn = 1,
    SignUp = 2,
}

/// <param name="Field">Name of the hidden field.</param>
/// <param name="Value">Its value.</param>
public sealed record FormToken(string Field, string Value);

/// <summary>The person in front of the screen, as the frame needs to know it.</summary>
public sealed record Viewer(Actor Actor, string Name, string Email)
{
    public bool IsVerified { get; init; } = true;

    /// <summary>How many notices wait in the inbox.</summary>
    public int Unread { get; init; }

    public IReadOnlyList<ViewerOrganization> Organizations { get; init; } = [];

    /// <summary>The organization that the page is about; null on pages of the account.</summary>
    public ViewerOrganization? Current { get; init; }

    /// <summary>Whether pages of the installation are there for this person.</summary>
    public bool IsOperator => Actor.Platform != PlatformRole.None;

    /// <summary>Whether the person may do this in the organization that the page is about.</summary>
    public bool May(Permission permission) => Current is { } current
        && WireId.TryParse<OrganizationId>(current.Id, out var organization) && Actor.May(permission, organization);
}

/// <param name="Id">The id as it stands in addresses.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Role">What the viewer is there.</param>
public sealed record ViewerOrganization(string Id, string Name, string Role);
