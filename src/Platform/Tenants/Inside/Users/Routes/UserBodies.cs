using System.ComponentModel;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Users.Routes;

// The bodies of accounts, as they are described; they are read field by field.

internal sealed record ProfileBody(
    [property: Description("What others call the person: 1 to 100 characters.")] string? Name = null,
    [property: Description("An IANA name, such as Europe/Berlin.")] string? TimeZone = null);

internal sealed record PasswordBody(
    [property: Description("The password until now.")] string Present,
    [property: Description("12 to 128 characters, none that is tried first.")] string Next);

internal sealed record NewUserBody(
    [property: Description("At most 254 characters; counts as proved.")] string Email,
    [property: Description("What others call the person; otherwise what stands before the @.")] string? Name = null,
    [property: Description("What the person may do to the installation.")] PlatformRole PlatformRole = PlatformRole.None);

internal sealed record PlatformRoleBody(
    [property: Description("What the person may do to the installation.")] PlatformRole Role);
