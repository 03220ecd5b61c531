using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>
/// Forms sent with what nobody should send: each says beside its field what is wrong, and keeps what was typed.
/// </summary>
[Collection(PortalCollection.Name)]
public sealed class BadInputTests(PortalSite site)
{
    private static readonly string[] Hostile =
    [
        "", new string('a', 5000), "<script>alert(1)</script>", "a\u202Eb", "a\u200Bb", "\u3164", "\u0001x", "\uD835\uDD6C\uFFFF",
    ];

    [Theory]
    [InlineData("/tokens/new", "name", "What it is for")]
    [InlineData("/alerts/new", "name", "Name")]
    [InlineData("/alerts/new", "percents", "Levels, percent of the quota")]
    [InlineData("/webhooks/new", "url", "Address")]
    [InlineData("/members/invite", "email", "E-mail")]
    [InlineData("", "name", "Name")]
    public async Task Field_with_what_it_cannot_hold_says_so_beside_it_and_keeps_the_rest(string path, string name, string label)
    {
        await using var window = await site.MemberWindow($"bad-{name}{path.Replace('/', '-')}@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var address = new Uri(page.Url).AbsolutePath + path;
        foreach (var text in Hostile)
        {
            await page.GotoAsync(address);
            var field = page.GetByLabel(label, new() { Exact = true });
            await field.EvaluateAsync(
                """
                (input, text) => { input.removeAttribute('maxlength'); input.type = 'text'; input.value = text; }
                """, text);
            var others = await Values(page, name);
            await page.Locator("main form.form button.primary").ClickAsync();
            await Expect(page.Locator($"#f-{name}-error")).ToBeVisibleAsync();
            Assert.Equal(0, await page.Locator("main script").CountAsync());
            Assert.Equal(others, await Values(page, name));
        }
    }

    [Fact]
    public async Task Choice_that_is_none_is_refused_beside_its_field()
    {
        await using var window = await site.MemberWindow("choices@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var root = new Uri(page.Url).AbsolutePath;
        foreach (var (path, name, text) in new[]
        {
            ("/members/invite", "role", "God"), ("/members/invite", "role", "0"), ("/tokens/new", "expiry", "99999999999"),
            ("/tokens/new", "expiry", ""), ("/tokens/new", "reach", "x"), ("/webhooks/new", "reach", ""),
        })
        {
            await page.GotoAsync(root + path);
            foreach (var (label, typed) in new[]
            {
                ("What it is for", "Kept"), ("E-mail", "kept@example.org"), ("Address", "https://hooks.example.com/kept"),
            })
            {
                var field = page.GetByLabel(label, new() { Exact = true });
                if (await field.CountAsync() > 0) await field.FillAsync(typed);
            }
            await page.EvaluateAsync(
                """
                ([name, text]) => {
                  for (const old of document.querySelectorAll(`main [name=${name}]`)) old.removeAttribute('name');
                  const input = document.createElement('input');
                  input.type = 'hidden'; input.name = name; input.value = text;
                  document.querySelector('main form.form').append(input);
                }
                """, new[] { name, text });
            await page.Locator("main form.form button.primary").ClickAsync();
            await Expect(page.Locator($"#f-{name}-error")).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Thing_of_another_organization_is_not_there()
    {
        await using var victim = await site.MemberWindow("victim@example.org");
        var owned = await victim.NewPageAsync();
        await owned.GotoAsync("/console");
        var root = new Uri(owned.Url).AbsolutePath;
        await owned.GotoAsync(root + "/webhooks/new");
        await owned.GetByLabel("Address").FillAsync("https://hooks.example.com/victim");
        await owned.Press("Create webhook");
        await owned.GotoAsync(root + "/webhooks");
        var hook = (await owned.Locator("a.row").First.GetAttributeAsync("href"))!;

        await using var window = await site.MemberWindow("thief@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var own = new Uri(page.Url).AbsolutePath;
        // Under the victim's organization, and under one's own.
        foreach (var at in new[] { hook, own + "/webhooks/" + hook.Split('/')[^1] })
            foreach (var rest in new[] { "", "/edit", "/rotate", "/delete" })
                Assert.Equal(404, (await page.GotoAsync(at + rest))!.Status);
        // A form that was opened for one's own is sent for the other's.
        await page.GotoAsync(own + "/webhooks/new");
        await page.EvaluateAsync("to => { document.querySelector('main form').action = to; }", hook + "/delete");
        await page.GetByLabel("Address").FillAsync("https://hooks.example.com/thief");
        await page.Press("Create webhook");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "There is nothing here" })).ToBeVisibleAsync();
        Assert.Equal(200, (await owned.GotoAsync(hook))!.Status);
    }

    [Fact]
    public async Task Change_over_what_somebody_else_saved_meanwhile_is_refused_and_kept_in_the_form()
    {
        await using var window = await site.MemberWindow("stale@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var root = new Uri(page.Url).AbsolutePath;
        await page.GotoAsync(root + "/webhooks/new");
        await page.GetByLabel("Address").FillAsync("https://hooks.example.com/stale");
        await page.Press("Create webhook");
        await page.GotoAsync(root + "/webhooks");
        var edit = await page.Locator("a.row").First.GetAttributeAsync("href") + "/edit";
        await page.GotoAsync(edit);
        var other = await window.NewPageAsync();
        await other.GotoAsync(edit);
        await other.GetByLabel("Description").FillAsync("First");
        await other.Press("Save webhook");
        await Expect(other.GetByRole(AriaRole.Status)).ToContainTextAsync("saved");
        await page.GetByLabel("Description").FillAsync("Second");
        await page.Press("Save webhook");
        await Expect(page.Locator("#wrong")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Description")).ToHaveValueAsync("Second");
    }

    private static Task<string> Values(IPage page, string without) => page.EvaluateAsync<string>(
        """
        without => JSON.stringify([...document.querySelectorAll('main form.form :is(input, select, textarea)')]
          .filter(e => e.name && e.name !== without && e.type !== 'hidden')
          .map(e => [e.name, e.type === 'checkbox' || e.type === 'radio' ? e.checked : e.value]))
        """, without);
}
