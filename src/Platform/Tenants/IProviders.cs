using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Identity providers that the installation lets people sign in with. A journey leaves for one by <see cref="Depart"/>, and
/// what it comes back with is judged by <see cref="Arrive"/>, in the same browser, once, within ten minutes. Paths to
/// lead on to are kept as they are given: whoever redirects looks at them again.
/// </summary>
public interface IProviders
{
    /// <summary>In the order of their names.</summary>
    IReadOnlyList<SignInProvider> All { get; }

    /// <summary>
    /// Where the journey to link a login, or to prove again who one is, begins. It works for this session alone, for
    /// fifteen minutes. Linking asks for a fresh session.
    /// </summary>
    Result<string> Way(string provider, ProviderAim aim, string? next, Actor actor);

    /// <summary>Where to send the browser. Without ticket it is to sign in or up.</summary>
    Task<Result<ProviderDeparture>> Depart(
        string provider, string? ticket, string? next, Actor? actor, Origin from, CancellationToken ct = default);

    /// <summary>What a journey came to, by what the provider sent back and what the browser kept.</summary>
    Task<Result<ProviderArrival>> Arrive(
        string provider, ProviderAnswer answer, string? kept, Actor? actor, Origin from, CancellationToken ct = default);
}

/// <param name="Name">Stands in addresses.</param>
/// <param name="Label">What people call it.</param>
/// <param name="Proves">Whether it can have a person prove again who it is.</param>
public sealed record SignInProvider(string Name, string Label, bool Proves);

/// <summary>What a journey to a provider is for.</summary>
public enum ProviderAim
{
    /// <summary>To sign in, or up where the person is not known.</summary>
    SignIn,
    /// <summary>To let the signed-in person sign in with it from now on.</summary>
    Link,
    /// <summary>To prove again who sits before the session.</summary>
    StepUp,
}

/// <param name="Url">At the provider.</param>
/// <param name="Kept">For a cookie of this browser, ten minutes long; sealed.</param>
public sealed record ProviderDeparture(Uri Url, string Kept);

/// <summary>The parameters that a provider sent back; null where they are not there, or there twice.</summary>
public sealed record ProviderAnswer(string? Code, string? State, string? Issuer, string? Error);

/// <summary>Of a session, a second factor and a login to be linked at most one is there; none after linking.</summary>
/// <param name="Aim">What the journey was for.</param>
/// <param name="Provider">With whom.</param>
/// <param name="Next">As it was given at the start; null: was not.</param>
/// <param name="Session">For the cookie: signed in, up, or made fresh.</param>
/// <param name="SecondFactor">The account asks for a second factor.</param>
/// <param name="Pending">The address has an account, to which the login can be linked from inside it.</param>
public sealed record ProviderArrival(
    ProviderAim Aim, SignInProvider Provider, string? Next, SignedIn? Session = null, SecondFactorTicket? SecondFactor = null,
    PendingLogin? Pending = null);

/// <param name="Email">The verified address, which has an account.</param>
/// <param name="Label">What the provider is called.</param>
/// <param name="Kept">For a cookie of this browser, fifteen minutes long; sealed.</param>
public sealed record PendingLogin(string Email, string Label, string Kept);
