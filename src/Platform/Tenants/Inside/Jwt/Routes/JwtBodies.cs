using System.ComponentModel;

namespace Sluice.Platform.Tenants.Inside.Jwt.Routes;

// The bodies of signed tokens, as they are described; they are read field by field.

internal sealed record KeyRotationBody(
    [property: Description("After a key leaked: nothing that others signed counts any more.")] bool Withdraw = false);

internal sealed record SubjectBody(
    [property: Description("The 'sub' of the issuer's tokens, at most 255 characters.")] string Subject);
