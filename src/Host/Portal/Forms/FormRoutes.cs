using Microsoft.AspNetCore.Antiforgery;
using Sluice.Host.Portal.Errors;

namespace Sluice.Host.Portal.Forms;

/// <summary>A page with one form: shown, and shown again with what was wrong.</summary>
internal interface IFormPage
{
    /// <summary>Draws the page around the form; <paramref name="form"/> is empty at first.</summary>
    static abstract Task<IResult> Show(HttpContext http, FormState form);

    /// <summary>Does what the form asks: redirects when it is done, and shows the page again when it is not.</summary>
    static abstract Task<IResult> Send(HttpContext http, FormState form);
}

/// <summary>Marks the routes of a page with a form: who is led away from it comes back to it.</summary>
internal sealed class FormPageRoute;

/// <summary>
/// The only way in which a form of the portal reaches its handler: read within limits, and sent from a page of ours
/// (the framework's antiforgery token). So no handler can forget either.
/// </summary>
internal static class FormRoutes
{
    private const string NoText =
        "It holds a character that no text has (U+0000). Nothing was done: go back, take it out, and send it again.";

    private const string Stale = "This page was open too long or in two places. Nothing was done: send it again.";

    /// <summary>Maps a page and its form to one address.</summary>
    public static RouteGroupBuilder MapFormPage<TPage>(this RouteGroupBuilder portal, string path) where TPage : IFormPage
    {
        var page = portal.MapGroup(path).WithMetadata(new FormPageRoute());
        page.MapGet("", (Delegate)((HttpContext http) => TPage.Show(http, new FormState())));
        page.MapPost("", (Delegate)(async (HttpContext http) =>
        {
            var (form, refused) = await Read(http);
            if (refused is not null) return refused;
            // With what was typed, and a fresh token: the second try works.
            if (!await IsOurs(http)) return await TPage.Show(http, form.Wrong(Stale, StatusCodes.Status400BadRequest));
            return form.IsWrong ? await TPage.Show(http, form) : await TPage.Send(http, form);
        }));
        return page;
    }

    /// <summary>Maps a form that has no page of its own: a button in a list, a dialog.</summary>
    public static RouteHandlerBuilder MapForm(
        this IEndpointRouteBuilder portal, string path, Func<HttpContext, FormState, Task<IResult>> send) =>
        portal.MapPost(path, (Delegate)(async (HttpContext http) =>
        {
            var (form, refused) = await Read(http);
            if (refused is not null) return refused;
            if (!await IsOurs(http)) return StalePage();
            return form.IsWrong ? ErrorPages.Of(form.Status, "This form cannot be read", NoText) : await send(http, form);
        }));

    private static IResult StalePage() => ErrorPages.Of(
        StatusCodes.Status400BadRequest, "This page was open too long",
        "Nothing was done. Go back, load the page again, and send it once more.");

    private static Task<bool> IsOurs(HttpContext http) =>
        http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http);

    private static async Task<(FormState Form, IResult? Refused)> Read(HttpContext http)
    {
        if (!http.Request.HasFormContentType)
            return (new FormState(), ErrorPages.Of(
                StatusCodes.Status415UnsupportedMediaType, "This is no form", "Send it as a form of a page here."));
        try
        {
            return (await FormBody.Read(http), null);
        }
        catch (Exception fault) when (fault is InvalidDataException or BadHttpRequestException)
        {
            return (new FormState(), ErrorPages.Of(
                StatusCodes.Status413PayloadTooLarge, "This form cannot be read",
                "It is too large. Nothing was done: go back, shorten it, and send it again."));
        }
    }
}
