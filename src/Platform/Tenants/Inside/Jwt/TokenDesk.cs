using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>The grants of <c>/auth/token</c>, and the revocation of what they gave.</summary>
internal sealed class TokenDesk(
    GrantBook grants, Refreshing refreshing, AccessTokens access, ITenants tenants, IUnitsOfWork units)
{
    /// <summary>To a signed-in person: what the program that asks may then do in the person's name.</summary>
    public async Task<Result<TokenAnswer>> ForSession(Actor? actor, string? scope, CancellationToken ct)
    {
        if (actor is not { User: not null, Session: not null, Token: null }) return TokenRefusals.NoSession;
        // What comes of it counts as fresh at first.
        if (!actor.IsFresh) return Refusals.StepUp;
        return await Begin(actor, scope, ct);
    }

    /// <summary>To a person's own long-lived token: short-lived ones that go with every request in its place.</summary>
    public async Task<Result<TokenAnswer>> ForToken(string? token, string? scope, Origin from, CancellationToken ct)
    {
        if (token is null || await tenants.Authenticate(token, ct) is not { } actor) return TokenRefusals.Grant;
        if (actor is not { User: not null, Token: not null }) return TokenRefusals.NotPersonal;
        return await Begin(actor with { Origin = from }, scope, ct);
    }

    public async Task<Result<TokenAnswer>> Refresh(string? token, string? scope, Origin from, CancellationToken ct)
    {
        if (token is null) return TokenRefusals.Request("refresh_token is missing.");
        var refreshed = await refreshing.Refresh(token, scope, from, ct);
        return refreshed.Ok
            ? await Answer(refreshed.Value.Grant, refreshed.Value.Scopes, refreshed.Value.RefreshToken, ct)
            : refreshed.Refusal;
    }

    /// <summary>Whoever holds a token may end it, with its whole grant. What is unknown has ended already.</summary>
    public async Task<Result<Done>> Revoke(string token, Origin from, CancellationToken ct)
    {
        if (GrantBook.Hash(token) is { } hash) return await grants.RevokeBy(hash, from, ct);
        if (!JwtText.LooksLikeOne(token)) return TokenRefusals.TokenType;
        if (JwtText.Read(token) is not { } jwt) return new Done();
        var claims = await access.Read(jwt, ct);
        return claims.Ok ? await grants.RevokeBy(claims.Value.Grant, from, ct) : new Done();
    }

    private async Task<Result<TokenAnswer>> Begin(Actor actor, string? scope, CancellationToken ct)
    {
        var scopes = ScopeText.Narrow(scope, actor.Scopes);
        if (!scopes.Ok) return scopes.Refusal;
        var begun = await units.Write(null, work => grants.Begin(actor, scopes.Value.Scopes, work, ct), ct);
        return begun.Ok
            ? await Answer(begun.Value.Grant, scopes.Value.Scopes, begun.Value.RefreshToken, ct)
            : begun.Refusal;
    }

    private async Task<Result<TokenAnswer>> Answer(
        GrantRow grant, IReadOnlySet<Permission>? scopes, string refresh, CancellationToken ct) => new TokenAnswer(
            await access.Sign(grant, scopes, ct), (int)access.Lifetime.TotalSeconds, refresh, ScopeText.Write(scopes));
}

/// <summary>As RFC 6749, 5.1 names its members.</summary>
internal sealed record TokenAnswer(string AccessToken, int ExpiresInSeconds, string RefreshToken, string? Scope);
