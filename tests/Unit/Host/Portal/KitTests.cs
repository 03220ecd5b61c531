using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sluice.Host.Portal;
using Sluice.Host.Portal.Assets;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Unit.Host.Portal;

/// <summary>The pieces of the kit, drawn alone.</summary>
public sealed class KitTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 15, 4, 5, TimeSpan.Zero);

    private static readonly PageContext Context = new()
    {
        Nonce = "n",
        Path = "/console",
        Assets = new PortalAssets(),
        FormToken = () => new FormToken("form-token", "t0ken"),
        Now = Now,
        Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"),
    };

    [Fact]
    public async Task Field_says_its_error_beside_it_and_keeps_what_was_typed()
    {
        var form = new FormState().With("email", "<b>\"me\"</b>").Wrong("email", "That is no address.");
        var html = await Draw<Form>(
            ("State", form), ("ChildContent", Content<Field>(("Name", "email"), ("Label", "E-mail"), ("Help", "For mail."))));
        Assert.Contains("value=\"&lt;b&gt;&quot;me&quot;&lt;/b&gt;\"", html, StringComparison.Ordinal);
        Assert.Contains("aria-invalid=\"true\"", html, StringComparison.Ordinal);
        Assert.Contains("aria-describedby=\"f-email-error f-email-help\"", html, StringComparison.Ordinal);
        Assert.Contains("id=\"f-email-error\"", html, StringComparison.Ordinal);
        Assert.Contains("<a href=\"#f-email\">That is no address.</a>", html, StringComparison.Ordinal);
        Assert.Contains("role=\"alert\" tabindex=\"-1\" autofocus", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_does_not_travel_back()
    {
        var form = new FormState().With("password", "correct horse").Wrong("email", "No.");
        var html = await Draw<Form>(
            ("State", form), ("ChildContent", Content<Field>(("Name", "password"), ("Label", "Password"), ("Type", "password"))));
        Assert.DoesNotContain("correct horse", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_carries_its_token()
    {
        var html = await Draw<Form>(("ChildContent", (RenderFragment)(_ => { })));
        Assert.Contains("name=\"form-token\" value=\"t0ken\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("role=\"alert\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Refusal_stands_beside_the_field_that_its_code_is_about()
    {
        var form = new FormState().Wrong(
            Refusal.Invalid("users.password-weak", "Choose another.", ["Too short."]), ("users.password-weak", "password"));
        Assert.Equal("Choose another. Too short.", form.Errors["password"]);
        Assert.Null(form.Summary);
        Assert.Equal(422, form.Status);
        Assert.Equal("No.", new FormState().Wrong(new Refusal("x.y", "No.", 403)).Summary);
    }

    [Fact]
    public async Task Table_shows_what_stands_there_when_there_is_nothing()
    {
        var html = await Draw<Table<string>>(
            ("Caption", "Keys"), ("Rows", Array.Empty<string>()), ("Head", Text("<th>")), ("Row", (RenderFragment<string>)Text),
            ("Empty", Content<EmptyState>(("Text", "Keys will be here."))));
        Assert.Contains("Keys will be here.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<table", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_leads_on_by_its_cursor()
    {
        var html = await Draw<Table<string>>(
            ("Caption", "Keys"), ("Rows", new[] { "one" }), ("Head", Text("Name")), ("Row", (RenderFragment<string>)Text),
            ("Empty", Text("")), ("Next", "?after=x"));
        Assert.Contains("href=\"?after=x\"", html, StringComparison.Ordinal);
        Assert.Contains("<caption class=\"unseen\">Keys</caption>", html, StringComparison.Ordinal);
        Assert.Contains("one", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Moment_is_told_in_the_viewers_zone_with_utc_on_hover()
    {
        var html = await Draw<Moment>(("At", Now.AddDays(-60)), ("Shape", TimeShape.Exact));
        Assert.Contains("22 Sep 2026, 17:04", html, StringComparison.Ordinal);
        Assert.Contains("title=\"22 Sep 2026, 15:04:05 UTC\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-10, "just now")]
    [InlineData(-60, "1 minute ago")]
    [InlineData(-3599, "59 minutes ago")]
    [InlineData(-7200, "2 hours ago")]
    [InlineData(-86400, "1 day ago")]
    [InlineData(3600, "in 1 hour")]
    [InlineData(-31 * 86400, "21 Oct 2026")]
    public void Moment_is_told_as_people_say_it(int seconds, string expected) =>
        Assert.Equal(expected, Moments.Tell(Now.AddSeconds(seconds), Now, TimeZoneInfo.Utc, TimeShape.Relative));

    [Fact]
    public async Task Secret_is_covered_until_it_is_asked_for()
    {
        const string secret = "slc_sk_abcdefghijklmnopqrstuvwxyz123456";
        var html = await Draw<KeyField>(("Id", "key"), ("Secret", secret));
        Assert.Contains("<code class=\"covered\" aria-hidden=\"true\">slc_sk_", html, StringComparison.Ordinal);
        Assert.Contains($"<code class=\"shown\">{secret}</code>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("org_01jd3f6qk8zv9w2x5y7a4b1c0d", "org_01jd…1c0d")]
    [InlineData("short", "short")]
    public void Id_is_shortened_in_the_middle(string id, string expected) => Assert.Equal(expected, Moments.Short(id));

    [Fact]
    public async Task Dialog_leads_to_a_page_where_there_is_no_script()
    {
        var html = await Draw<Dialog>(
            ("Id", "remove"), ("Button", "Remove member"), ("Fallback", "/console/remove"), ("Title", "Remove?"), ("ChildContent", Text("Sure?")));
        Assert.Contains("href=\"/console/remove\" data-dialog=\"remove\"", html, StringComparison.Ordinal);
        Assert.Contains("<dialog id=\"remove\" aria-labelledby=\"remove-title\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Busy_button_says_so()
    {
        var html = await Draw<Button>(("Busy", true), ("Look", ButtonLook.Primary), ("ChildContent", Text("Save profile")));
        Assert.Contains("aria-busy=\"true\"", html, StringComparison.Ordinal);
        Assert.Contains("class=\"button primary\"", html, StringComparison.Ordinal);
    }

    private static RenderFragment Text(string text) => builder => builder.AddContent(0, text);

    private static RenderFragment Content<T>(params (string Name, object Value)[] parameters) where T : IComponent => builder =>
    {
        builder.OpenComponent<T>(0);
        builder.AddMultipleAttributes(1, parameters.Select(p => KeyValuePair.Create(p.Name, p.Value)));
        builder.CloseComponent();
    };

    private static async Task<string> Draw<T>(params (string Name, object Value)[] parameters) where T : IComponent
    {
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        return await PageResult.Render(
            services, Context, typeof(T), parameters.ToDictionary(p => p.Name, p => (object?)p.Value, StringComparer.Ordinal));
    }
}
