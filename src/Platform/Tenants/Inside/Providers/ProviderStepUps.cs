using System.Text.Json;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Sessions;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>
/// Makes a session fresh because a provider asked its person again. That it did is believed when it names a time after the
/// journey began, and of the login alone that is linked to the account.
/// </summary>
internal sealed class ProviderStepUps(IUnitsOfWork units, IAudit audit, SessionBook sessions, LoginRows rows)
{
    public Task<Result<SignedIn>> StepUp(
        Provider provider, Identity identity, Journey journey, Actor actor, CancellationToken ct) =>
        units.Write<SignedIn>(null, async work =>
        {
            if (actor.User is not { } user || actor.Session is not { } session) return SessionBook.None;
            if (!provider.Shown.Proves) return ProviderRefusals.NotProved(provider.Label);
            if (await Users.UserRows.Hold(user, work, ct) is not { SuspendedAt: null }) return SessionBook.None;
            if (!await rows.Use(provider.Issuer, identity, user, work, ct)) return ProviderRefusals.Other(provider.Label);
            var skew = TimeSpan.FromSeconds(provider.Settings.SkewSeconds);
            if (identity.ProvedAt is not { } proved || proved < journey.At - skew)
                return ProviderRefusals.NotProved(provider.Label);
            var renewed = await sessions.Renew(session, user, work, ct);
            if (!renewed.Ok) return renewed.Refusal;
            var by = JsonSerializer.Serialize(new { By = provider.Shown.Name }, Http.Json);
            await audit.Record(new AuditEvent(actor, "tenants.session.step-up", session.ToString(), null, null, by), work, ct);
            return renewed;
        }, ct);
}
