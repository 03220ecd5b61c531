using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Sluice.Gateway.Snapshot;
using Sluice.Kernel;

namespace Sluice.Gateway.Steps;

/// <summary>Finds who calls by the key: from memory, and for an unknown key by one look-up that all of them share.</summary>
internal sealed class Identify(GatewayState state, KeyLookup lookup, TimeProvider time)
{
    private const int RememberedKeys = 64;

    // The server hands out the same string object for the same header of a connection, so that a key seen on this
    // thread before needs no hashing: the same object is the same text.
    [ThreadStatic] private static (string Text, Caller Caller)[]? _remembered;

    public ValueTask<bool> Run(Exchange x)
    {
        var text = x.PathKey ?? KeyOf(x.Http.Request.Headers);
        if (text is null) return new(Refuse(x, GatewayError.KeyMissing));
        var remembered = _remembered ??= new (string, Caller)[RememberedKeys];
        ref var slot = ref remembered[RuntimeHelpers.GetHashCode(text) & (RememberedKeys - 1)];
        if (ReferenceEquals(slot.Text, text) && !slot.Caller.Replaced) return new(Take(x, slot.Caller));

        Span<byte> hash = stackalloc byte[KeyText.HashSize];
        if (!KeyText.TryHash(text, hash, out var kind) || kind is KeyTextKind.Access or KeyTextKind.Refresh)
            return new(Refuse(x, GatewayError.KeyUnknown));
        if (x.PathKey is not null && kind == KeyTextKind.Secret) return new(Refuse(x, GatewayError.SecretInUrl));
        if (state.Callers.Find(hash) is not { } caller) return Lookup(x, hash.ToArray());
        slot = (text, caller);
        return new(Take(x, caller));
    }

    private async ValueTask<bool> Lookup(Exchange x, byte[] hash)
    {
        await lookup.CatchUp().ConfigureAwait(false);
        return state.Callers.Find(hash) is { } caller ? Take(x, caller) : Refuse(x, GatewayError.KeyUnknown);
    }

    private bool Take(Exchange x, Caller caller)
    {
        if (caller.ExpiresAtMs != long.MaxValue && caller.ExpiresAtMs <= time.GetUtcNow().ToUnixTimeMilliseconds())
            return Refuse(x, GatewayError.KeyExpired);
        if (caller.App.Organization.Suspended) return Refuse(x, GatewayError.OrganizationSuspended);
        x.Caller = caller;
        return true;
    }

    /// <summary>The key in the headers: <c>Authorization: Bearer</c>, <c>X-API-Key</c>, or <c>X-API</c>.</summary>
    internal static string? KeyOf(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization;
        if (authorization.Count == 1 && authorization[0] is { } value)
        {
            // Cutting the scheme off would make a new string each time, so the result is remembered by the header.
            if (value.StartsWith("slc_", StringComparison.Ordinal)) return value;
            if (value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return Cut(value);
        }
        var key = headers["X-API-Key"];
        if (key.Count == 1) return key[0];
        key = headers["X-API"];
        return key.Count == 1 ? key[0] : null;
    }

    [ThreadStatic] private static (string Header, string Key)[]? _cut;

    private static string Cut(string header)
    {
        var cut = _cut ??= new (string, string)[RememberedKeys];
        ref var slot = ref cut[RuntimeHelpers.GetHashCode(header) & (RememberedKeys - 1)];
        if (!ReferenceEquals(slot.Header, header)) slot = (header, header["Bearer ".Length..].Trim());
        return slot.Key;
    }

    private static bool Refuse(Exchange x, GatewayError error)
    {
        x.Refused = new Refused(error);
        return false;
    }
}
