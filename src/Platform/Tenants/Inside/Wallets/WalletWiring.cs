using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Chains.Evm;
using Sluice.Chains.Signatures;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;
using Sluice.Platform.Tenants.Inside.Wallets.Routes;

namespace Sluice.Platform.Tenants.Inside.Wallets;

/// <summary>Wallets: what the room's module wires of them. Who has nodes registers an <see cref="IEvmCaller"/>.</summary>
internal static class WalletWiring
{
    private const string WayIn = "Signing in is for who is not signed in.";

    private static readonly string[] OfAnswers =
    [
        "auth.wallets-closed", "auth.challenge-ended", "wallet.message-invalid", "wallet.domain-foreign", "wallet.uri-foreign",
        "wallet.nonce-foreign", "wallet.chain-foreign", "wallet.message-early", "wallet.message-expired",
        "wallet.signature-invalid", "wallet.signature-foreign", "wallet.contract-undeployed",
    ];

    private static readonly string[] OfQuestions =
        ["auth.wallets-closed", "wallet.address-invalid", "wallet.chain-foreign", "auth.too-many"];

    public static void AddWallets(this IServiceCollection services)
    {
        services.AddOptions<WalletsOptions>().BindConfiguration("Wallets").ValidateOnStart();
        services.TryAddSingleton<ISecp256k1>(Secp256k1.Fastest);
        services.TryAddSingleton<IEvmCaller, NoChains>();
        services.TryAddSingleton<Chains.Evm.Wallets>();
        services.TryAddSingleton<WalletMessages>();
        services.TryAddSingleton<WalletBook>();
        services.TryAddSingleton<WalletAccounts>();
        services.TryAddSingleton<WalletSignUps>();
        services.TryAddSingleton<WalletEntrance>();
        services.TryAddSingleton<WalletSignIns>();
        services.TryAddSingleton<IWallets, WalletRoom>();
    }

    public static void MapWallets(this RouteGroupBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Sign-in");
        auth.MapPost("/wallet/nonce", WalletSignIn.Ask).Anonymous(WayIn)
            .Does("Asks what a wallet is to sign", OfQuestions).Takes<WalletWishBody>().Answers<WalletMessageAnswer>();
        auth.MapPost("/wallet", WalletSignIn.Post).Anonymous(WayIn)
            .Does("Signs in by a wallet", [.. OfAnswers, "auth.wallet-unknown", "auth.user-suspended", "auth.too-many"])
            .Takes<WalletAnswerBody>().Answers<SessionAnswer>();
        auth.MapPost("/wallet/sign-up", WalletSignIn.SignUp).Anonymous(WayIn)
            .Does(
                "Makes an account for the wallet that signed", "auth.wallets-closed", "auth.challenge-ended",
                "auth.sign-up-closed", "auth.invitation-needed", "tenants.wallet-taken", "tenants.email-taken", "auth.too-many")
            .Takes<WalletSignUpBody>().Answers<SessionAnswer>(StatusCodes.Status201Created);
        auth.MapPost("/step-up/nonce", WalletSignIn.AskStepUp).Requires(Permission.SelfSecurity)
            .Does("Asks what a wallet is to sign for a fresh session", OfQuestions)
            .Takes<WalletWishBody>().Answers<WalletMessageAnswer>();

        var mine = api.MapGroup("/me/wallets").WithTags("Oneself");
        mine.MapGet("", MyWallets.List).Requires(Permission.SelfRead).Does("Lists one's wallets").Answers<Listed<Wallet>>();
        mine.MapPost("/nonce", MyWallets.Ask).Requires(Permission.SelfSecurity, fresh: true)
            .Does("Asks what a wallet is to sign to be linked", OfQuestions)
            .Takes<WalletWishBody>().Answers<WalletMessageAnswer>();
        mine.MapPost("", MyWallets.Post).Requires(Permission.SelfSecurity, fresh: true)
            .Does("Links the wallet that signed", [.. OfAnswers, "tenants.wallets-full", "tenants.wallet-taken"])
            .Takes<NewWalletBody>().Answers<Wallet>(StatusCodes.Status201Created);
        mine.MapPost("/{wallet}/remove", MyWallets.Remove).Requires(Permission.SelfSecurity, fresh: true)
            .Does("Unlinks a wallet", "tenants.wallet-unknown", "auth.last-means").AnswersNothing();
    }
}
