using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>Why a journey to a provider came to nothing. None repeats what the provider or the browser sent.</summary>
internal static class ProviderRefusals
{
    public static readonly Refusal Unknown = Refusal.NotFound(
        "auth.provider-unknown", "This installation has no such provider: sign in by one of those that its page shows.");

    public static readonly Refusal State = new(
        "auth.provider-state",
        "This was not begun in this browser, has come back already, or took longer than ten minutes. Nothing was changed: "
        + "begin again.", 400);

    public static readonly Refusal Way = new(
        "auth.provider-way",
        "This link was for another session, or is too old: go back to the page that it is on, and load it again.", 400);

    public static readonly Refusal Taken = Refusal.Conflict(
        "auth.login-taken", "This login is linked to another account: take it away there first.");

    public static readonly Refusal Many = Refusal.Conflict(
        "auth.logins-many", "An account has at most ten logins: take one away first.");

    public static readonly Refusal NoLogin = Refusal.NotFound("auth.login-unknown", "There is no such login in your account.");

    public static readonly Refusal PendingEnded = new(
        "auth.login-ended", "Too much time has passed: begin again with the provider, in this browser.", 410);

    public static readonly Refusal PendingForeign = Refusal.Conflict(
        "auth.login-foreign", "This login is about another account: sign in to the one that has its address.");

    public static Refusal Away(string label) => new(
        "auth.provider-away",
        $"{label} does not answer at this moment. Nothing was changed: try again, or sign in in another way.", 503);

    public static Refusal Failed(string label) => new(
        "auth.provider-failed",
        $"What {label} answered cannot be believed, so nothing was changed. Try again; the operator finds the reason in the log.",
        502);

    public static Refusal Denied(string label) => new(
        "auth.provider-denied", $"You or {label} stopped the sign-in. Nothing was changed.", 403);

    public static Refusal Unverified(string label) => new(
        "auth.provider-unverified",
        $"{label} does not say that your address there is yours. Confirm it there; or create an account with a password, and "
        + $"link {label} in it.", 403);

    public static Refusal Reserved(string label) => new(
        "auth.provider-reserved",
        "This address is set aside for who runs this installation. Prove it by the link of the console or of a mail first, "
        + $"then link {label} in the account.", 403);

    public static Refusal SignUpClosed(string label) => new(
        "auth.provider-sign-up",
        $"Nobody signs up by {label} here. Sign in to your account in another way, and link {label} in it.", 403);

    public static Refusal Other(string label) => new(
        "auth.login-other",
        $"You are somebody else at {label} than the one that is linked to this account. Nothing was changed.", 403);

    public static Refusal NotProved(string label) => new(
        "auth.provider-proof", $"{label} did not ask you again who you are, so it proves nothing. Prove it in another way.", 403);
}
