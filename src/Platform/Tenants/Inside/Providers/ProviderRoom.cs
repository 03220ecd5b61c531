using Microsoft.Extensions.Logging;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.SignIn;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>Journeys to providers, from the button to where they lead on.</summary>
internal sealed class ProviderRoom(
    ProviderBook book, Journeys journeys, Attempts attempts, ProviderArrivals arrivals, SecurityLog log) : IProviders
{
    private const int CodeMax = 4096;
    private const int NextMax = 1024;

    public IReadOnlyList<SignInProvider> All => book.Shown;

    public Result<string> Way(string provider, ProviderAim aim, string? next, Actor actor)
    {
        if (actor.Check(Permission.SelfSecurity, fresh: aim == ProviderAim.Link) is { } refusal) return refusal;
        if (actor.Session is not { } session) return SessionBook.None;
        if (book.Find(provider) is not { } found) return ProviderRefusals.Unknown;
        if (aim == ProviderAim.StepUp && !found.Shown.Proves) return ProviderRefusals.NotProved(found.Label);
        var ticket = journeys.SealWay(provider, aim, session, Bounded(next));
        return $"/sign-in/with/{provider}?ticket={Uri.EscapeDataString(ticket)}";
    }

    public async Task<Result<ProviderDeparture>> Depart(
        string provider, string? ticket, string? next, Actor? actor, Origin from, CancellationToken ct = default)
    {
        if (book.Find(provider) is not { } found) return ProviderRefusals.Unknown;
        // Sealing takes the key ring, which everything else that is sealed waits for.
        if (await attempts.Take(AttemptLimits.Challenges(from), ct) is { } tooMany) return tooMany;
        Journey journey;
        if (ticket is null) journey = journeys.Begin(provider, ProviderAim.SignIn, null, Bounded(next));
        // Made for a page of this session: no other site can begin to link with a login of its own.
        else if (journeys.OpenWay(ticket, provider, actor?.Session) is { } way)
            journey = journeys.Begin(provider, way.Aim, actor!.Session, way.Next);
        else return ProviderRefusals.Way;
        var url = await found.Kind.Authorize(journey, ct);
        return url.Ok ? new ProviderDeparture(url.Value, journeys.Seal(journey)) : url.Refusal;
    }

    public Task<Result<ProviderArrival>> Arrive(
        string provider, ProviderAnswer answer, string? kept, Actor? actor, Origin from, CancellationToken ct = default) =>
        // Only a name of the settings is repeated in the log.
        book.Find(provider) is { } found
            ? log.Watch($"provider {found.Shown.Name}", Arrive(found, answer, kept, actor, from, ct), from)
            : log.Watch("an unknown provider", Task.FromResult<Result<ProviderArrival>>(ProviderRefusals.Unknown), from);

    private async Task<Result<ProviderArrival>> Arrive(
        Provider found, ProviderAnswer answer, string? kept, Actor? actor, Origin from, CancellationToken ct)
    {
        // Nothing is asked of anybody for what was not begun in this browser.
        if (journeys.Open(kept, found.Shown.Name, answer.State) is not { } journey) return ProviderRefusals.State;
        if (journey.Session is { } session && session != actor?.Session?.ToString()) return ProviderRefusals.State;
        Counter[] counters = [AttemptLimits.Network(from)];
        if (await attempts.Take(counters, ct) is { } tooMany) return tooMany;
        if (!await journeys.Spend(journey, ct)) return ProviderRefusals.State;
        var genuine = await found.Kind.Judge(answer, ct);
        if (!genuine.Ok) return genuine.Refusal;
        if (answer.Code is not { Length: > 0 and <= CodeMax } code) return ProviderRefusals.Failed(found.Label);
        var identity = await found.Kind.Redeem(code, journey, ct);
        if (!identity.Ok) return identity.Refusal;
        var arrival = await arrivals.Lead(found, identity.Value, journey, actor, from, ct);
        if (arrival.Ok) await attempts.GiveBack(counters, ct);
        return arrival;
    }

    private static string? Bounded(string? next) => next is { Length: > 0 and <= NextMax } ? next : null;
}

/// <summary>What a journey was for, done at its end.</summary>
internal sealed class ProviderArrivals(ProviderSignIns signIns, LoginBook logins, ProviderStepUps stepUps)
{
    public async Task<Result<ProviderArrival>> Lead(
        Provider provider, Identity identity, Journey journey, Actor? actor, Origin from, CancellationToken ct)
    {
        var arrival = new ProviderArrival(journey.Aim, provider.Shown, journey.Next);
        switch (journey.Aim)
        {
            case ProviderAim.SignIn:
                return await signIns.SignIn(provider, identity, journey.Next, from, ct);
            case ProviderAim.Link:
                var linked = await logins.Link(provider, identity, actor!, ct);
                return linked.Ok ? arrival : linked.Refusal;
            case ProviderAim.StepUp:
                var renewed = await stepUps.StepUp(provider, identity, journey, actor!, ct);
                return renewed.Ok ? arrival with { Session = renewed.Value } : renewed.Refusal;
            default:
                throw new ArgumentOutOfRangeException(nameof(journey));
        }
    }
}
