using Sluice.Kernel;

namespace Sluice.Integration.Permissions;

/// <summary>
/// How a route is asked so that whoever may gets something done. A route that takes nothing but its parameters needs no
/// entry; one with a body, or with a query that decides what is asked for, has one here, and a writing route without an
/// entry fails the tests.
/// </summary>
/// <param name="Body">JSON; names in braces are ids of the place. Null: none.</param>
/// <param name="Query">What the address ends in, from the question mark.</param>
/// <param name="Needs">The one permission that this way of asking needs, where the route lists several.</param>
/// <param name="Also">Statuses besides success that say "you may, but": the thing is not as it would have to be.</param>
internal sealed record Ask(string? Body = null, string Query = "", Permission? Needs = null, params int[] Also)
{
    public static readonly Ask Plain = new();

    /// <summary>Whether it takes a verified address besides, although what it needs does not.</summary>
    public bool Verified { get; init; }

    private static readonly Dictionary<string, Ask[]> Table = new(StringComparer.Ordinal)
    {
        ["POST /api/v1/organizations"] = [new("""{"name":"New {unique}"}""")],
        ["PUT /api/v1/organizations/{org}"] = [new("""{"name":"Renamed {unique}"}""")],
        ["POST /api/v1/organizations/{org}/suspend"] = [new("""{"why":"test"}""")],
        ["POST /api/v1/organizations/{org}/resume"] = [Plain],
        ["POST /api/v1/organizations/{org}/transfer"] = [new("""{"user":"{user}"}""")],
        // Whoever is no member cannot leave, and the only owner may not.
        ["POST /api/v1/organizations/{org}/leave"] = [new(Also: [404, 409])],
        // The place's own export is being packed, or was: no worker runs here.
        ["POST /api/v1/organizations/{org}/exports"] = [new(Also: 409)],
        ["POST /api/v1/me/exports"] = [Plain],
        ["GET /api/v1/exports/{export}"] = [new(Needs: Permission.DataExport)],
        ["GET /api/v1/exports/{export}/content"] = [new(Needs: Permission.DataExport, Also: 409)],
        ["POST /api/v1/organizations/{org}/delete"] = [Plain],
        ["POST /api/v1/organizations/{org}/keep"] = [new(Also: 409)],
        // Everybody here is alone in an organization of his own, or in none.
        ["POST /api/v1/me/delete"] = [new(Also: 409)],
        ["POST /api/v1/me/keep"] = [new(Also: 409)],
        ["POST /api/v1/users/{user}/delete"] = [Plain],
        ["POST /api/v1/users/{user}/keep"] = [new(Also: 409)],
        ["PUT /api/v1/organizations/{org}/members/{user}"] = [new("""{"role":"developer"}""")],
        ["POST /api/v1/organizations/{org}/invitations"] = [new("""{"email":"{unique}@example.org","role":"viewer"}""")],
        // Invitations to somebody else are not there.
        ["POST /api/v1/invitations/{invitation}/accept"] = [new(Also: 404)],
        ["POST /api/v1/invitations/accept"] = [new("""{"token":"{link}"}""", Also: 409)],
        ["POST /api/v1/invitations/{invitation}/resend"] = [Plain],
        ["POST /api/v1/invitations/{invitation}/revoke"] = [Plain],
        ["GET /api/v1/tokens"] =
        [
            new(Query: "?organization={org}", Needs: Permission.TokensRead),
            new(Query: "?kind=operator", Needs: Permission.OperatorTokensRead),
            new(Query: "?kind=personal", Needs: Permission.SelfRead),
        ],
        ["POST /api/v1/tokens"] =
        [
            new("""{"name":"t","kind":"organization","organization":"{org}"}""", Needs: Permission.TokensWrite),
            new("""{"name":"t","kind":"operator"}""", Needs: Permission.OperatorTokensWrite),
            new("""{"name":"t","kind":"personal"}""", Needs: Permission.SelfSecurity) { Verified = true },
        ],
        ["POST /api/v1/tokens/{token}/revoke"] = [new(Needs: Permission.TokensWrite)],
        ["POST /api/v1/organizations/{org}/apps"] = [new("""{"name":"New {unique}"}""", Also: 409)],
        ["PUT /api/v1/apps/{app}/rules"] = [new("""{"methods":["eth_*"]}""")],
        ["PUT /api/v1/apps/{app}/limits"] = [new("""{"requestsPerSecond":5}""")],
        ["POST /api/v1/apps/{app}/keys"] = [new("""{"name":"New {unique}"}""")],
        ["POST /api/v1/keys/{key}/rotate"] = [new("""{"overlapSeconds":60}""")],
        ["POST /api/v1/keys/{key}/revoke"] = [Plain],
        ["POST /api/v1/services/import"] = [new("""{"services":[]}""", Also: 422)],
        ["POST /api/v1/plans/import"] = [new("""{"plans":[]}""", Also: 422)],
        ["PUT /api/v1/organizations/{org}/plan"] = [new("""{"plan":"free"}""")],
        ["GET /api/v1/services/{name}"] = [new(Also: 404)],
        ["GET /api/v1/usage"] =
        [
            new(Query: "?organization={org}", Needs: Permission.UsageRead),
        ],
        ["GET /api/v1/log"] = [new(Query: "?organization={org}", Needs: Permission.LogRead)],
        ["GET /api/v1/audit"] = [new(Query: "?organization={org}", Needs: Permission.AuditRead)],
        ["GET /api/v1/audit/export"] = [new(Query: "?organization={org}", Needs: Permission.AuditRead)],
        ["POST /api/v1/audit/verify"] = [new("{}")],
        // No proof and no link of these tests is right, which is not a matter of permission.
        ["POST /api/v1/auth/verify"] = [new("""{"token":"none"}""", Also: 410)],
        ["POST /api/v1/auth/verify/resend"] = [new(Also: 409)],
        ["POST /api/v1/auth/step-up"] = [new("""{"password":"wrong password"}""", Also: [401, 422])],
        ["POST /api/v1/auth/sign-out"] = [Plain],
        ["PATCH /api/v1/me"] = [new("""{"name":"New {unique}"}""")],
        ["POST /api/v1/me/password"] = [new("""{"present":"wrong password","next":"{unique} {unique}"}""", Also: [401, 422])],
        ["POST /api/v1/me/email"] = [new("""{"email":"{unique}@example.org"}""")],
        ["POST /api/v1/me/email/confirm"] = [new("""{"token":"none"}""", Also: 410)],
        ["POST /api/v1/me/sessions/{session}/revoke"] = [new(Also: 404)],
        ["POST /api/v1/me/sessions/revoke-others"] = [Plain],
        ["POST /api/v1/me/factors/totp"] = [Plain],
        ["POST /api/v1/me/factors/totp/confirm"] = [new("""{"code":"000000"}""", Also: [401, 409, 422])],
        ["POST /api/v1/me/factors/totp/remove"] = [new(Also: 409)],
        ["POST /api/v1/me/factors/recovery-codes"] = [new(Also: 409)],
        // No browser of these tests holds a challenge, and the passkey is another person's.
        ["POST /api/v1/auth/step-up/options"] = [new(Also: 409)],
        ["POST /api/v1/me/passkeys/options"] = [Plain],
        ["POST /api/v1/me/passkeys"] = [new("""{"credential":{}}""", Also: 401)],
        ["PUT /api/v1/me/passkeys/{passkey}"] = [new("""{"name":"New {unique}"}""", Also: 404)],
        ["POST /api/v1/me/passkeys/{passkey}/remove"] = [new(Also: 404)],
        ["POST /api/v1/auth/step-up/nonce"] = [new("{}")],
        ["POST /api/v1/me/wallets/nonce"] = [new("{}")],
        ["POST /api/v1/me/wallets"] = [new("""{"message":"none","signature":"0x00"}""", Also: 422)],
        ["POST /api/v1/me/wallets/{wallet}/remove"] = [new(Also: 404)],
        // No provider is configured.
        ["POST /api/v1/me/logins"] = [new("""{"provider":"none"}""", Also: 404)],
        ["DELETE /api/v1/me/logins/{login}"] = [new(Also: 404)],
        ["POST /api/v1/me/grants/{grant}/revoke"] = [new(Also: 404)],
        ["POST /api/v1/auth/keys/rotate"] = [new("""{"withdraw":false}""")],
        // No outside issuer is configured.
        ["PUT /api/v1/users/{user}/external-subject"] = [new("""{"subject":"{unique}"}""", Also: 409)],
        ["DELETE /api/v1/users/{user}/external-subject"] = [new(Also: 409)],
        ["POST /api/v1/users"] = [new("""{"email":"{unique}@example.org"}""")],
        ["POST /api/v1/users/{user}/suspend"] = [new("""{"why":"test"}""")],
        ["POST /api/v1/users/{user}/resume"] = [Plain],
        ["POST /api/v1/users/{user}/reset"] = [Plain],
        ["PUT /api/v1/users/{user}/platform-role"] = [new("""{"role":"viewer"}""")],
        ["POST /api/v1/organizations/{org}/webhooks"] = [new("""{"url":"https://hooks.example.com/{unique}","types":["*"]}""")],
        ["PUT /api/v1/webhooks/{webhook}"] = [new("""{"url":"https://hooks.example.com/{unique}","types":["*"]}""")],
        ["POST /api/v1/webhooks/{webhook}/rotate"] = [new("""{"overlapSeconds":60}""")],
        ["POST /api/v1/webhooks/{webhook}/test"] = [Plain],
        ["POST /api/v1/deliveries/{delivery}/redeliver"] = [Plain],
        ["POST /api/v1/organizations/{org}/alerts"] = [new("""{"name":"New {unique}","kind":"quota"}""")],
        ["PUT /api/v1/alerts/{alert}"] = [new("""{"name":"New {unique}","kind":"quota"}""")],
        // Without a mail server mail is closed.
        ["POST /api/v1/mail/test"] = [new("""{"to":"{unique}@example.org"}""", Also: 409)],
        ["POST /api/v1/notices/read-all"] = [Plain],
        ["POST /api/v1/notices/{notice}/read"] = [new(Also: 404)],
        // Jobs, queues, schedules and facts belong to nobody; the ones asked for are not there.
        ["GET /api/v1/jobs/{job}"] = [new(Also: 404)],
        ["POST /api/v1/jobs/{job}/retry"] = [new(Also: [404, 409])],
        ["POST /api/v1/jobs/{job}/cancel"] = [new(Also: [404, 409])],
        ["POST /api/v1/queues/{queue}/pause"] = [new(Also: 404)],
        ["POST /api/v1/queues/{queue}/resume"] = [new(Also: 404)],
        ["POST /api/v1/schedules/{schedule}/run"] = [new(Also: 404)],
        ["POST /api/v1/schedules/{schedule}/pause"] = [new(Also: 404)],
        ["POST /api/v1/schedules/{schedule}/resume"] = [new(Also: 404)],
        ["POST /api/v1/facts/{fact}/retry"] = [new(Also: [404, 409])],
        // The token of the place is its organization's; the job, the mail and what one could remove are not there.
        ["GET /account/tokens/{token}/revoke"] = [new(Also: 404)],
        ["GET /account/passkeys/{passkey}/rename"] = [new(Also: 404)],
        // It is not packed yet, and another's.
        ["GET /console/{org}/data/exports/{export}"] = [new(Also: [404, 409])],
        ["GET /account/data/exports/{export}"] = [new(Also: [404, 409])],
        ["GET /account/passkeys/{passkey}/remove"] = [new(Also: 404)],
        ["GET /account/wallets/{wallet}/remove"] = [new(Also: 404)],
        ["GET /operator/tokens/{token}/revoke"] = [new(Also: 404)],
        ["GET /operator/jobs/{job}"] = [new(Also: 404)],
        ["GET /operator/mail/{mail}"] = [new(Also: 404)],
    };

    public static IReadOnlyCollection<string> Named => Table.Keys;

    /// <summary>The ways to ask a route; null where it must have an entry and has none.</summary>
    public static IReadOnlyList<Ask>? Of(AccessRoute route) =>
        Table.GetValueOrDefault(route.Name) ?? (route.Verb is "GET" or "DELETE" || !route.IsApi ? [Plain] : null);
}
