using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Host.Portal.Web;

namespace Sluice.Host.Portal;

/// <summary>Draws a page: components to HTML, once, on the server.</summary>
internal sealed class PageResult(Type page, IReadOnlyDictionary<string, object?> parameters, int status) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        var context = await services.GetRequiredService<PageContexts>().Of(httpContext, status);
        // What was awaited may have gone on on a socket's thread, where relays wait: drawing takes a while.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var html = await Render(services, context, page, parameters);
        services.GetRequiredService<WebHeaders>().GuardPage(httpContext);
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        var bytes = Encoding.UTF8.GetBytes(html);
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(httpContext.Request.Method)) await response.Body.WriteAsync(bytes, httpContext.RequestAborted);
    }

    internal static async Task<string> Render(
        IServiceProvider services, PageContext context, Type page, IReadOnlyDictionary<string, object?> parameters)
    {
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync<PageRoot>(ParameterView.FromDictionary(
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    [nameof(PageRoot.Context)] = context,
                    [nameof(PageRoot.Page)] = page,
                    [nameof(PageRoot.Parameters)] = parameters,
                }));
            return root.ToHtmlString();
        });
    }
}

/// <summary>The words with which handlers answer.</summary>
internal static class Pages
{
    /// <summary>A page and what it shows, by the names of its parameters.</summary>
    public static IResult Show<TPage>(int status, params (string Name, object? Value)[] parameters) where TPage : IComponent =>
        new PageResult(
            typeof(TPage), parameters.ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal), status);

    public static IResult Show<TPage>(params (string Name, object? Value)[] parameters) where TPage : IComponent =>
        Show<TPage>(StatusCodes.Status200OK, parameters);

    /// <summary>A page around a form, which is its parameter <c>Form</c>.</summary>
    public static IResult Show<TPage>(FormState form, params (string Name, object? Value)[] parameters)
        where TPage : IComponent => Show<TPage>(form.Status, [("Form", form), .. parameters]);

    /// <summary>The question before what cannot be undone, or, where it is harmless, before what is only large.</summary>
    public static IResult Ask(
        FormState form, string title, string text, string button, string back, bool harmless = false) => Show<AskPage>(
            form, (nameof(AskPage.Title), title), (nameof(AskPage.Text), text), (nameof(AskPage.Button), button),
            (nameof(AskPage.Back), back), (nameof(AskPage.Harmless), harmless));

    /// <summary>Leads on after a form was sent (303), so that a reload sends nothing twice; says what was done.</summary>
    public static IResult Done(HttpContext http, string path, string? said = null)
    {
        if (said is not null) http.RequestServices.GetRequiredService<Toasts>().Say(http, ToastKind.Done, said);
        return Lead(http, path);
    }

    /// <summary>The same where it could not be done and there is no form to say it beside.</summary>
    public static IResult Failed(HttpContext http, string path, string said)
    {
        http.RequestServices.GetRequiredService<Toasts>().Say(http, ToastKind.Failed, said);
        return Lead(http, path);
    }

    private static IResult Lead(HttpContext http, string path)
    {
        http.Response.Headers.Location = LocalPath.Or(path, "/");
        http.Response.Headers.CacheControl = "no-store";
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }
}
