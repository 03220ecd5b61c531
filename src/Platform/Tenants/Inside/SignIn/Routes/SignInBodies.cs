using System.ComponentModel;
using System.Text.Json;
using Sluice.Platform.Tenants.Inside.Wallets.Routes;

namespace Sluice.Platform.Tenants.Inside.SignIn.Routes;

// The bodies of the ways in, as they are described; they are read field by field.

internal sealed record SignUpBody(
    [property: Description("At most 254 characters.")] string Email,
    [property: Description("12 to 128 characters, none that is tried first.")] string Password,
    [property: Description("What others call the person; otherwise what stands before the @.")] string? Name = null,
    [property: Description("The token of an invitation's link, where signing up takes one.")] string? Invitation = null);

internal sealed record SignInBody(
    [property: Description("The account's address.")] string Email,
    [property: Description("Its password.")] string Password);

internal sealed record SecondFactorBody(
    [property: Description("What the first step answered.")] string Ticket,
    [property: Description("Six digits of the authenticator app, or a recovery code.")] string Code);

internal sealed record LinkBody(
    [property: Description("What stands behind 'token=' in the link.")] string Token);

internal sealed record FirstOperatorBody(
    [property: Description("What stands behind 'token=' in the link.")] string Token,
    [property: Description("At most 254 characters; counts as proved.")] string Email,
    [property: Description("12 to 128 characters, none that is tried first.")] string Password,
    [property: Description("What others call the person; otherwise what stands before the @.")] string? Name = null);

internal sealed record EmailBody([property: Description("At most 254 characters.")] string Email);

internal sealed record ResetBody(
    [property: Description("What stands behind 'token=' in the link.")] string Token,
    [property: Description("12 to 128 characters, none that is tried first.")] string Password);

internal sealed record StepUpBody(
    [property: Description("The own password; or else one of the others.")] string? Password = null,
    [property: Description("Six digits of the authenticator app; or else one of the others.")] string? Code = null,
    [property: Description("What navigator.credentials.get answered; or else one of the others.")] JsonElement? Passkey = null,
    [property: Description("What a wallet signed; or else one of the others.")] WalletAnswerBody? Wallet = null);

internal sealed record CodeBody([property: Description("Six digits of the authenticator app.")] string Code);
