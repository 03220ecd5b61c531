using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Challenges;
using Sluice.Platform.Tenants.Inside.Passkeys.Routes;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;

namespace Sluice.Platform.Tenants.Inside.Passkeys;

/// <summary>Passkeys: what the room's module wires of them.</summary>
internal static class PasskeyWiring
{
    private const string WayIn = "Signing in is for who is not signed in.";

    public static void AddPasskeys(this IServiceCollection services)
    {
        services.TryAddSingleton<ChallengeBook>();
        services.TryAddSingleton<PasskeyCeremonies>();
        services.TryAddSingleton<PasskeyBook>();
        services.TryAddSingleton<PasskeySignIns>();
        services.TryAddSingleton<IPasskeys, PasskeyRoom>();
    }

    public static void MapPasskeys(this RouteGroupBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Sign-in");
        auth.MapPost("/passkeys/options", PasskeySignIn.Ask).Anonymous(WayIn)
            .Does("Asks what a browser is to sign with a passkey", "auth.passkeys-closed", "auth.ticket-ended", "auth.too-many")
            .Takes<PasskeyTicketBody>().Answers<PasskeyOptions>();
        auth.MapPost("/passkeys", PasskeySignIn.Post).Anonymous(WayIn)
            .Does(
                "Signs in by a passkey", "auth.passkeys-closed", "auth.challenge-ended", "auth.passkey-refused",
                "auth.ticket-ended", "auth.user-suspended", "auth.too-many")
            .Takes<PasskeySignInBody>().Answers<SessionAnswer>();
        auth.MapPost("/step-up/options", PasskeySignIn.AskStepUp).Requires(Permission.SelfSecurity)
            .Does(
                "Asks what a browser is to sign for a fresh session", "auth.passkeys-closed", "auth.passkey-none",
                "auth.too-many")
            .Answers<PasskeyOptions>();

        var mine = api.MapGroup("/me/passkeys").WithTags("Oneself");
        mine.MapGet("", MyPasskeys.List).Requires(Permission.SelfRead)
            .Does("Lists one's passkeys").Answers<Listed<Passkey>>();
        mine.MapPost("/options", MyPasskeys.Ask).Requires(Permission.SelfSecurity, fresh: true)
            .Does(
                "Asks what a browser is to make a passkey by", "auth.passkeys-closed", "tenants.passkeys-full", "auth.too-many")
            .Answers<PasskeyOptions>();
        mine.MapPost("", MyPasskeys.Post).Requires(Permission.SelfSecurity, fresh: true)
            .Does(
                "Adds the passkey that a browser made", "auth.passkeys-closed", "auth.challenge-ended", "auth.passkey-refused",
                "tenants.passkeys-full", "tenants.passkey-taken")
            .Takes<NewPasskeyBody>().Answers<AddedPasskey>(StatusCodes.Status201Created);
        mine.MapPut("/{passkey}", MyPasskeys.Put).Requires(Permission.SelfSecurity)
            .Does("Renames a passkey", "tenants.passkey-unknown").Takes<NameBody>().Answers<Passkey>();
        mine.MapPost("/{passkey}/remove", MyPasskeys.Remove).Requires(Permission.SelfSecurity, fresh: true)
            .Does("Removes a passkey", "tenants.passkey-unknown", "auth.last-means").AnswersNothing();
    }
}
