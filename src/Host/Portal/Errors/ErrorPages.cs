using Sluice.Host.Portal.Forms;
using Sluice.Kernel;

namespace Sluice.Host.Portal.Errors;

/// <summary>What a browser sees where there is no page to show.</summary>
internal static class ErrorPages
{
    private static readonly string[] ForPrograms = ["/api", "/internal", "/v1", "/metrics", "/health", "/assets"];

    public static IResult Of(int status, string title, string text) => Pages.Show<ErrorPage>(
        status, (nameof(ErrorPage.Status), status), (nameof(ErrorPage.Title), title), (nameof(ErrorPage.Text), text));

    /// <summary>A room's refusal that belongs to no form.</summary>
    public static IResult Of(Refusal refusal) => Of(
        refusal.Status, refusal.Status == 404 ? "There is nothing here" : "This is not yours to do", refusal.Message);

    /// <summary>
    /// What a person sees who may not: the way to sign in, or to prove who he is, and back here; otherwise why.
    /// </summary>
    public static Task Refused(HttpContext http, Refusal refusal)
    {
        var request = http.Request;
        // A form that came too late is filled in again on its page; one without a page began somewhere in the console.
        var back = HttpMethods.IsGet(request.Method) ? request.Path.ToUriComponent() + request.QueryString.ToUriComponent()
            : http.GetEndpoint()?.Metadata.GetMetadata<FormPageRoute>() is not null ? request.Path.ToUriComponent()
            : "/console";
        var answer = WayOut(http, refusal, back)
            ?? Of(refusal.Status, refusal.Status == 404 ? "There is nothing here" : "This is not yours to do", refusal.Message);
        return answer.ExecuteAsync(http);
    }

    /// <summary>Leads to signing in, or to proving who one is, and back; null where that would not help.</summary>
    public static IResult? WayOut(HttpContext http, Refusal refusal, string back)
    {
        if (refusal.Code == "access.factor-needed") return Pages.Failed(http, "/account/security", refusal.Message);
        var way = refusal.Code switch
        {
            "auth.token-invalid" => "/sign-in",
            "access.step-up" => "/account/prove",
            _ => null,
        };
        return way is null ? null : Pages.Done(http, $"{way}?next={Uri.EscapeDataString(back)}");
    }

    /// <summary>Whether a request is a person's, who wants to read a page and not problem details.</summary>
    public static bool WantsPage(HttpContext http) =>
        (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsPost(http.Request.Method)) && Reads(http);

    /// <summary>The page for a status that nothing else explained.</summary>
    public static IResult OfStatus(HttpContext http)
    {
        var status = http.Response.StatusCode;
        var (title, text) = status switch
        {
            404 => ("There is nothing here", "The address may be mistyped, or what it led to is gone or not yours to see."),
            405 => ("This address takes no such request", "Go back and use the page's own buttons."),
            403 => ("This was refused", "It came from another site, or from a page that is not yours."),
            421 => ("This is another host's name", "Open the portal under its own address and send it again there."),
            429 => ("Too many requests at once", "Slow down a little, then load this page again."),
            503 => ("The database does not answer", "Calls go on meanwhile. Try again in a moment."),
            _ => ("Something went wrong here", $"It was noted. Tell the operator this number: {http.TraceIdentifier}"),
        };
        return Of(status, title, text);
    }

    private static bool Reads(HttpContext http)
    {
        var path = http.Request.Path;
        return !Array.Exists(ForPrograms, prefix => path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase))
            && http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
    }
}
