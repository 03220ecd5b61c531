using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Kernel;
using Sluice.Platform.Keys;

namespace Sluice.Host.Portal.Apps;

/// <summary><c>…/apps/{app}/keys/new</c></summary>
internal sealed class NewKey : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await AppRoutes.Of(http) is { } app
        ? Pages.Show<NewKeyPage>(form, (nameof(NewKeyPage.Root), AppRoutes.Root(http)), (nameof(NewKeyPage.App), app))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await AppRoutes.Of(http) is not { } app) return Results.NotFound();
        var name = form.Trimmed("name");
        if (name.Length == 0) form.Wrong("name", "Say where the key is used.");
        KeyKind? kind = form["kind"] switch { "secret" => KeyKind.Secret, "publishable" => KeyKind.Publishable, _ => null };
        if (kind is null) form.Wrong("kind", "Choose one of the two.");
        var days = form["expiry"] switch { "never" => 0, "30" => 30, "90" => 90, "365" => 365, _ => -1 };
        if (days < 0) form.Wrong("expiry", "Choose one of the times.");
        if (form.IsWrong) return await Show(http, form);
        var now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var made = await AppRoutes.Door(http).CreateKey(
            new(app.Id, kind!.Value, name, null, days == 0 ? null : now.AddDays(days)), Platform.Http.ActorOf(http),
            ct: http.RequestAborted);
        return made.Ok
            ? await Secret(http, app, made.Value, "The key works from now on.")
            : ErrorPages.WayOut(http, made.Refusal, http.Request.Path)
                ?? await Show(http, form.Wrong(made.Refusal, ("keys.publishable-rule", "kind"), ("keys.keys-max", "name")));
    }

    /// <summary>Shows the secret of a new key, this once.</summary>
    public static async Task<IResult> Secret(HttpContext http, App app, IssuedKey issued, string lead) => Pages.Show<SecretPage>(
        (nameof(SecretPage.Title), issued.Key.Name), (nameof(SecretPage.Lead), lead),
        (nameof(SecretPage.Label), issued.Key.Kind == KeyKind.Secret ? "Secret key" : "Publishable key"),
        (nameof(SecretPage.Secret), issued.Secret),
        (nameof(SecretPage.Help), "Shown this once: only its hash is kept. Put it where the program finds it now."),
        (nameof(SecretPage.AboveLabel), app.Name), (nameof(SecretPage.Back), AppRoutes.PathOf(http, app)),
        (nameof(SecretPage.Example), await CallSample.Of(http, app, "$SLUICE_KEY")));
}

/// <summary><c>…/apps/{app}/keys/{key}/rotate</c></summary>
internal sealed class RotateKey : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await OneKey.Of(http) is { } one
        ? Pages.Show<RotateKeyPage>(
            form, (nameof(RotateKeyPage.Root), AppRoutes.Root(http)), (nameof(RotateKeyPage.App), one.App),
            (nameof(RotateKeyPage.Key), one.Key))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await OneKey.Of(http) is not { } one) return Results.NotFound();
        TimeSpan? overlap = form["overlap"] switch
        {
            "0" => TimeSpan.Zero,
            "1" => TimeSpan.FromHours(1),
            "24" => TimeSpan.FromDays(1),
            "168" => TimeSpan.FromDays(7),
            "720" => TimeSpan.FromDays(30),
            _ => null,
        };
        if (overlap is not { } span) return await Show(http, form.Wrong("overlap", "Choose one of the times."));
        var made = await AppRoutes.Door(http).RotateKey(one.Key.Id, span, Platform.Http.ActorOf(http), ct: http.RequestAborted);
        var lead = span == TimeSpan.Zero ? "The old key has ended." : "The old key works too until it ends.";
        return made.Ok
            ? await NewKey.Secret(http, one.App, made.Value, lead)
            : ErrorPages.WayOut(http, made.Refusal, http.Request.Path) ?? await Show(http, form.Wrong(made.Refusal));
    }
}

/// <summary><c>…/apps/{app}/keys/{key}/revoke</c></summary>
internal sealed class RevokeKey : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await OneKey.Of(http) is { } one
        ? Pages.Ask(
            form, $"Revoke {one.Key.Name}?",
            "Whatever calls with it is refused within a second, everywhere. That cannot be taken back.",
            "Revoke key", AppRoutes.PathOf(http, one.App))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form) => await OneKey.Of(http) is { } one
        ? AccountRoutes.Told(
            http, AppRoutes.PathOf(http, one.App), $"{one.Key.Name} is revoked.",
            await AppRoutes.Door(http).RevokeKey(one.Key.Id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
        : Results.NotFound();
}

/// <summary>The key that an address names, with its app.</summary>
internal sealed record OneKey(App App, Key Key)
{
    /// <summary>Null where the address names no key of this app.</summary>
    public static async Task<OneKey?> Of(HttpContext http)
    {
        if (await AppRoutes.Of(http) is not { } app) return null;
        if (!WireId.TryParse<KeyId>(http.Request.RouteValues["key"] as string, out var id)) return null;
        var keys = await AppRoutes.Door(http).Keys(app.Id, Platform.Http.ActorOf(http), http.RequestAborted);
        return keys.FirstOrDefault(one => one.Id == id) is { } key ? new OneKey(app, key) : null;
    }
}
