using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Kernel;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Operator;

/// <summary><c>/operator/users/new</c></summary>
internal sealed class NewUserForm : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<NewUserPage>(form));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (OneUser.RoleOf(form) is not { } role) return await Show(http, form.Wrong("role", "Choose one of the roles."));
        var created = await http.RequestServices.GetRequiredService<IUsers>().Create(
            new NewUser(form.Trimmed("email"), form.Trimmed("name") is { Length: > 0 } name ? name : null, role),
            Platform.Http.ActorOf(http), ct: http.RequestAborted);
        return created.Ok
            ? Pages.Show<LinkPage>((nameof(LinkPage.User), created.Value.User), (nameof(LinkPage.Link), created.Value.Link))
            : await Show(http, form.Wrong(created.Refusal, ("tenants.email-taken", "email")));
    }
}

/// <summary><c>/operator/users/{user}</c></summary>
internal sealed class OneUser : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await OperatorRoutes.UserOf(http) is { } user
        ? Pages.Show<UserPage>(form, (nameof(UserPage.User), user), (nameof(UserPage.Ways), await Ways(http, user.Id)))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await OperatorRoutes.UserOf(http) is not { } user) return Results.NotFound();
        if (RoleOf(form) is not { } role) return await Show(http, form.Wrong("role", "Choose one of the roles."));
        var here = $"/operator/users/{user.Id}";
        var changed = await http.RequestServices.GetRequiredService<IUsers>()
            .ChangePlatformRole(user.Id, role, Platform.Http.ActorOf(http), http.RequestAborted);
        if (changed.Ok) return Pages.Done(http, here, "The role is saved.");
        return ErrorPages.WayOut(http, changed.Refusal, here)
            ?? await Show(http, form.Wrong(changed.Refusal, ("tenants.operator-last", "role")));
    }

    private static async Task<WaysIn> Ways(HttpContext http, UserId user) =>
        (await http.RequestServices.GetRequiredService<IUsers>()
            .WaysIn(user, Platform.Http.ActorOf(http), http.RequestAborted)).Value;

    public static PlatformRole? RoleOf(FormState form) => form["role"] switch
    {
        "None" => PlatformRole.None,
        "Viewer" => PlatformRole.Viewer,
        "Operator" => PlatformRole.Operator,
        _ => null,
    };
}

/// <summary><c>/operator/users/{user}/suspend</c></summary>
internal sealed class SuspendUser : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await OperatorRoutes.UserOf(http) is { } user
        ? Pages.Show<WhyPage>(
            form, (nameof(WhyPage.Title), $"Suspend {user.Name}?"),
            (nameof(WhyPage.Text), "Sessions and tokens are refused at once, everywhere."),
            (nameof(WhyPage.Button), "Suspend user"), (nameof(WhyPage.Back), $"/operator/users/{user.Id}"))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await OperatorRoutes.UserOf(http) is not { } user) return Results.NotFound();
        var done = await http.RequestServices.GetRequiredService<IUsers>().Suspend(
            user.Id, form.Trimmed("why") is { Length: > 0 } why ? why : null, Platform.Http.ActorOf(http), http.RequestAborted);
        return done.Ok
            ? Pages.Done(http, $"/operator/users/{user.Id}", $"{user.Email} is locked out.")
            : await Show(http, form.Wrong(done.Refusal, ("tenants.why-invalid", "why")));
    }
}

/// <summary><c>/operator/users/{user}/reset</c></summary>
internal sealed class ResetUserAccess : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await OperatorRoutes.UserOf(http) is { } user
        ? Pages.Ask(
            form, $"Reset the access of {user.Name}?",
            "All sessions end, and the second factor is removed. Make sure that it is the person who asks.",
            "Reset access", $"/operator/users/{user.Id}")
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await OperatorRoutes.UserOf(http) is not { } user) return Results.NotFound();
        var reset = await http.RequestServices.GetRequiredService<IUsers>()
            .ResetFactors(user.Id, Platform.Http.ActorOf(http), http.RequestAborted);
        return reset.Ok
            ? Pages.Show<LinkPage>((nameof(LinkPage.User), reset.Value.User), (nameof(LinkPage.Link), reset.Value.Link))
            : await Show(http, form.Wrong(reset.Refusal));
    }
}
