using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Net.Http.Headers;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Factors;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.SignIn;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside;

/// <summary>Everything that lets people in.</summary>
internal static class SignInServices
{
    public static void AddSignIn(this IServiceCollection services)
    {
        services.AddOptions<TenantsOptions>().BindConfiguration("Tenants").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<Attempts>();
        services.TryAddSingleton<Hashing>();
        services.TryAddSingleton<Passwords>();
        services.TryAddSingleton<LinkBook>();
        services.TryAddSingleton<Letters>();
        services.TryAddSingleton<ProofLetters>();
        services.TryAddSingleton<Founding>();
        services.TryAddSingleton<SignUps>();
        services.TryAddSingleton<Proofs>();
        services.TryAddSingleton<Leftovers>();
        services.TryAddSingleton<PasswordWrites>();
        services.TryAddSingleton<PasswordChanges>();
        services.TryAddSingleton<UserEndings>();
        services.TryAddSingleton<UserFacts>();
        services.TryAddSingleton<UserBook>();
        services.TryAddSingleton<IUsers, UserRoom>();
        services.TryAddSingleton<SessionBook>();
        services.TryAddSingleton<ISessions>(provider => provider.GetRequiredService<SessionBook>());
        services.TryAddSingleton<Codes>();
        services.TryAddSingleton<IFactors, FactorBook>();
        services.TryAddSingleton<Accounts>();
        services.TryAddSingleton<SecondStep>();
        services.TryAddSingleton<StepUpSessions>();
        services.TryAddSingleton<SignedProofs>();
        services.TryAddSingleton<StepUps>();
        services.TryAddSingleton<LinkSignIns>();
        services.TryAddSingleton<SignInDesk>();
        services.TryAddSingleton<ISignIn, SignInRoom>();
        services.TryAddSingleton<IFirstOperators, FirstOperators>();
        services.AddQueue(new JobQueue(Sweep.Queue) { Concurrency = 1 });
        services.AddJob<SweepSignIn, Sweep>(Sweep.Queue, Sweep.Name);
        services.AddSchedule(Sweep.Name, Recurrence.Every(Sweep.Every), new SweepSignIn());
        services.AddSubscriber<VerificationWanted, Letters>("tenants.verification");
        services.AddSubscriber<ResetWanted, Letters>("tenants.reset");
        services.AddSubscriber<EmailChangeWanted, Letters>("tenants.email-change");
    }

    /// <summary>Tokens by their header, people by their cookie; a request with both is the token's.</summary>
    public static AuthenticationBuilder AddCallers(this AuthenticationBuilder authentication) => authentication
        .AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(TenantsModule.SessionScheme, null)
        .AddPolicyScheme(TenantsModule.CallerScheme, null, caller => caller.ForwardDefaultSelector = http =>
            !http.Request.Headers.ContainsKey(HeaderNames.Authorization) && SessionCookie.Read(http) is not null
                ? TenantsModule.SessionScheme
                : TenantsModule.Scheme);
}
