using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>
/// How often what may be tried. An account is guarded against one network (about a hundred guesses a day) and against all
/// together; from a network from which it was signed in to lately only the first counts, so that nobody locks its owner out.
/// </summary>
internal static class AttemptLimits
{
    private static readonly Lockout Guess = new(5, Seconds(15), Minutes(15), Minutes(15));
    private static readonly Lockout GuessAnywhere = new(20, Seconds(5), Minutes(5), Minutes(5));
    private static readonly Lockout GuessFromNetwork = new(60, Seconds(1), Minutes(1), Seconds(20));
    private static readonly Lockout Mail = new(4, Minutes(1), Minutes(60), Minutes(20));
    private static readonly Lockout MailFromNetwork = new(30, Seconds(10), Minutes(10), Minutes(2));
    private static readonly Lockout SignUp = new(5, Minutes(2), Minutes(60), Minutes(60));
    private static readonly Lockout SignUpFromNetwork = new(20, Seconds(20), Minutes(30), Minutes(5));
    private static readonly Lockout ChallengeFromNetwork = new(120, Seconds(1), Minutes(1), Seconds(2));

    /// <summary>Of guessing: this account from this network, this network, and the account from anywhere.</summary>
    public static Counter Pair(string kind, string account, Origin from) =>
        Counter.Of($"{kind}.pair", $"{account}\n{from.IpPrefix}", Guess);

    public static Counter Network(Origin from) => Counter.Of("guess.network", from.IpPrefix ?? "", GuessFromNetwork);

    public static Counter Anywhere(string kind, string account) => Counter.Of($"{kind}.account", account, GuessAnywhere);

    public static Counter[] Mails(string email, Origin? from) =>
        [Counter.Of("mail", email, Mail), Counter.Of("mail.network", from?.IpPrefix ?? "", MailFromNetwork)];

    public static Counter[] SignUps(string email, Origin from) =>
        [Counter.Of("sign-up", email, SignUp), Counter.Of("sign-up.network", from.IpPrefix ?? "", SignUpFromNetwork)];

    /// <summary>Of asking for something to answer, which leaves a row.</summary>
    public static Counter[] Challenges(Origin? from) =>
        [Counter.Of("challenge.network", from?.IpPrefix ?? "", ChallengeFromNetwork)];

    private static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);

    private static TimeSpan Minutes(int count) => TimeSpan.FromMinutes(count);
}
