using Sluice.Host.Portal.Entry;
using Sluice.Host.Portal.Forms;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Account;

/// <summary>The passkeys and wallets of one's account.</summary>
internal static class ProofPages
{
    public const string Security = "/account/security";

    public static void MapProofPages(this RouteGroupBuilder portal)
    {
        portal.MapFormPage<NewPasskey>("/account/passkeys/new").Requires(Permission.SelfSecurity, fresh: true);
        portal.MapFormPage<RenamePasskey>("/account/passkeys/{passkey}/rename").Requires(Permission.SelfSecurity);
        portal.MapFormPage<RemovePasskey>("/account/passkeys/{passkey}/remove").Requires(Permission.SelfSecurity, fresh: true);
        portal.MapFormPage<NewWallet>("/account/wallets/new").Requires(Permission.SelfSecurity, fresh: true);
        portal.MapFormPage<RemoveWallet>("/account/wallets/{wallet}/remove").Requires(Permission.SelfSecurity, fresh: true);
    }

    public static string? NameOf(FormState form) => form.Trimmed("name") is { Length: > 0 } name ? name : null;
}

/// <summary><c>/account/passkeys/new</c></summary>
internal sealed class NewPasskey : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) =>
        Task.FromResult(Pages.Show<NewPasskeyPage>(form));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var added = await http.RequestServices.GetRequiredService<IPasskeys>().Add(
            ProofPages.NameOf(form), Proofs.PasskeyOf(http, form), Platform.Http.ActorOf(http), http.RequestAborted);
        if (!added.Ok) return await Show(http, form.Wrong(added.Refusal));
        return added.Value.RecoveryCodes is { } codes
            ? Pages.Show<RecoveryCodesPage>((nameof(RecoveryCodesPage.Codes), codes))
            : Pages.Done(http, ProofPages.Security, $"{added.Value.Passkey.Name} is added.");
    }
}

/// <summary><c>/account/passkeys/{passkey}/rename</c></summary>
internal sealed class RenamePasskey : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await Own(http) is { } passkey
        ? Pages.Show<RenamePasskeyPage>(form, (nameof(RenamePasskeyPage.Passkey), passkey))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await Own(http) is not { } passkey) return Results.NotFound();
        var renamed = await http.RequestServices.GetRequiredService<IPasskeys>().Rename(
            passkey.Id, form.Trimmed("name"), Platform.Http.ActorOf(http), http.RequestAborted);
        return renamed.Ok
            ? Pages.Done(http, ProofPages.Security, $"The passkey is called {renamed.Value.Name} now.")
            : await Show(http, form.Wrong(renamed.Refusal));
    }

    public static async Task<Passkey?> Own(HttpContext http) =>
        (await http.RequestServices.GetRequiredService<IPasskeys>().List(Platform.Http.ActorOf(http), http.RequestAborted))
        .FirstOrDefault(one => one.Id.ToString() == http.Request.RouteValues["passkey"] as string);
}

/// <summary><c>/account/passkeys/{passkey}/remove</c></summary>
internal sealed class RemovePasskey : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) =>
        await RenamePasskey.Own(http) is not null ? Pages.Ask(
        form, "Remove the passkey?",
        "It does not sign in any more. Remove it from your device, too.",
        "Remove passkey", ProofPages.Security) : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form) =>
        WireId.TryParse<PasskeyId>(http.Request.RouteValues["passkey"] as string, out var id)
            ? AccountRoutes.Told(
                http, ProofPages.Security, "The passkey is removed.",
                await http.RequestServices.GetRequiredService<IPasskeys>()
                    .Remove(id, Platform.Http.ActorOf(http), http.RequestAborted))
            : Results.NotFound();
}

/// <summary><c>/account/wallets/new</c></summary>
internal sealed class NewWallet : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<NewWalletPage>(form));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var added = await http.RequestServices.GetRequiredService<IWallets>().Add(
            ProofPages.NameOf(form), Proofs.WalletOf(http, form), Platform.Http.ActorOf(http), http.RequestAborted);
        return added.Ok
            ? Pages.Done(http, ProofPages.Security, $"{added.Value.Name} is linked.")
            : await Show(http, form.Wrong(added.Refusal));
    }
}

/// <summary><c>/account/wallets/{wallet}/remove</c></summary>
internal sealed class RemoveWallet : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await IsOwn(http) ? Pages.Ask(
        form, "Unlink the wallet?",
        "It does not sign in any more.",
        "Unlink wallet", ProofPages.Security) : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form) =>
        WireId.TryParse<WalletId>(http.Request.RouteValues["wallet"] as string, out var id)
            ? AccountRoutes.Told(
                http, ProofPages.Security, "The wallet is unlinked.",
                await http.RequestServices.GetRequiredService<IWallets>()
                    .Remove(id, Platform.Http.ActorOf(http), http.RequestAborted))
            : Results.NotFound();

    private static async Task<bool> IsOwn(HttpContext http) =>
        (await http.RequestServices.GetRequiredService<IWallets>().List(Platform.Http.ActorOf(http), http.RequestAborted))
        .Any(one => one.Id.ToString() == http.Request.RouteValues["wallet"] as string);
}
