using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Host.Portal;
using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Assets;
using Sluice.Host.Portal.Entry;
using Sluice.Host.Portal.Forms;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Unit.Host.Portal;

/// <summary>"or" stands between two ways, never first, never last, and never twice: whatever somebody has.</summary>
public sealed partial class DividerTests
{
    private static readonly PageContext Context = new()
    {
        Nonce = "n",
        Path = "/sign-in",
        Assets = new PortalAssets(),
        FormToken = () => new FormToken("form-token", "t0ken"),
        Now = new DateTimeOffset(2026, 11, 21, 15, 4, 5, TimeSpan.Zero),
        Offered = PublicPages.SignIn | PublicPages.SignUp,
    };

    [Fact]
    public async Task Divider_of_a_fresh_proof_stands_between_two_ways()
    {
        for (var means = 0; means < 32; means++)
        {
            bool Has(int bit) => (means & (1 << bit)) != 0;

            IReadOnlyList<ProviderWay> ways = Has(4) ? [new("Acme ID", "/a"), new("Other ID", "/b")] : [];
            var order = await Order<ProvePage>(
                0, (nameof(ProvePage.HasPassword), Has(0)), (nameof(ProvePage.HasCode), Has(1)), (nameof(ProvePage.HasPasskey), Has(2)),
                (nameof(ProvePage.HasWallet), Has(3)), (nameof(ProvePage.Ways), ways));
            Stands(order, $"means {means:b5}: {order}");
            // A field for each thing to type, and a button for each thing to press.
            Assert.Equal((Has(0) ? 1 : 0) + (Has(1) ? 1 : 0), order.Count(c => c == 'f'));
            var buttons = (Has(0) || Has(1) ? 1 : 0) + (Has(2) ? 1 : 0) + (Has(3) ? 1 : 0) + ways.Count;
            // Who has nothing at all is offered to sign out.
            Assert.Equal(Math.Max(1, buttons), order.Count(c => c == 'b'));
        }
    }

    [Fact]
    public async Task Divider_of_signing_in_and_up_stands_between_two_ways()
    {
        for (var means = 0; means < 8; means++)
        {
            var (passkeys, wallets, providers) = ((means & 1) != 0, (means & 2) != 0, (means & 4) != 0 ? 2 : 0);
            var inwards = await Order<SignInPage>(
                providers, (nameof(SignInPage.Passkeys), passkeys), (nameof(SignInPage.Wallets), wallets));
            Stands(inwards, $"in, {means:b3}: {inwards}");
            Assert.Equal(passkeys || wallets || providers > 0 ? 1 : 0, inwards.Count(c => c == 'o'));
            var up = await Order<SignUpPage>(providers, (nameof(SignUpPage.Wallets), wallets));
            Stands(up, $"up, {means:b3}: {up}");
            var first = await Order<SignUpPage>(providers, (nameof(SignUpPage.Operator), true));
            Assert.DoesNotContain('o', first);
        }
    }

    private static void Stands(string order, string where)
    {
        Assert.False(order.StartsWith('o') || order.EndsWith('o'), where);
        Assert.False(order.Contains("oo", StringComparison.Ordinal), where);
    }

    // What stands on the card from top to bottom: f a field, b a button, o a divider.
    private static async Task<string> Order<T>(int providers, params (string Name, object Value)[] parameters) where T : IComponent
    {
        await using var services = new ServiceCollection().AddLogging()
            .AddSingleton<IProviders>(new Providers(providers)).BuildServiceProvider();
        var html = await PageResult.Render(
            services, Context, typeof(T),
            parameters.Append((Name: "Form", Value: new FormState()))
                .ToDictionary(p => p.Name, p => (object?)p.Value, StringComparer.Ordinal));
        var card = html[html.IndexOf("<main", StringComparison.Ordinal)..html.IndexOf("</main>", StringComparison.Ordinal)];
        return string.Concat(Pieces().Matches(card).Select(match =>
            match.Value.Contains("\"or\"", StringComparison.Ordinal) ? 'o' : match.Value.Contains("field", StringComparison.Ordinal) ? 'f' : 'b'));
    }

    [GeneratedRegex("<p class=\"or\"|<div class=\"field\"|<(?:button|a) class=\"button", RegexOptions.None, 1000)]
    private static partial Regex Pieces();

    private sealed class Providers(int count) : IProviders
    {
        public IReadOnlyList<SignInProvider> All { get; } =
            [.. Enumerable.Range(0, count).Select(i => new SignInProvider($"p{i}", $"Provider {i}", true))];

        public Result<string> Way(string provider, ProviderAim aim, string? next, Actor actor) => throw new NotSupportedException();

        public Task<Result<ProviderDeparture>> Depart(
            string provider, string? ticket, string? next, Actor? actor, Origin from, CancellationToken ct = default) =>
            throw new NotSupportedException();

        public Task<Result<ProviderArrival>> Arrive(
            string provider, ProviderAnswer answer, string? kept, Actor? actor, Origin from, CancellationToken ct = default) =>
            throw new NotSupportedException();
    }
}
