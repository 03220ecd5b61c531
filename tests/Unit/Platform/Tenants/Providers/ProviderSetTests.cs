using Microsoft.Extensions.Configuration;
using Sluice.Platform.Tenants.Inside.Providers;
using Xunit;

namespace Sluice.Unit.Platform.Tenants.Providers;

public sealed class ProviderSetTests
{
    private static readonly (string, string)[] Good =
        [("ACME:ISSUER", "https://id.acme.example/"), ("ACME:CLIENTID", "sluice"), ("ACME:CLIENTSECRET", "secret")];

    [Fact]
    public void Three_settings_are_enough_and_the_rest_has_its_defaults()
    {
        var set = Read(Good);
        Assert.Empty(set.Faults);
        var acme = Assert.Single(set.All);
        Assert.Equal(
            new ProviderSettings("acme")
            {
                Issuer = "https://id.acme.example/",
                ClientId = "sluice",
                ClientSecret = "secret",
                Label = "Acme",
                Scopes = "openid email profile",
                StepUp = true,
            }, acme);
    }

    [Fact]
    public void GitHub_knows_its_addresses_and_those_of_an_installation_of_its_own()
    {
        var set = Read(("GITHUB:KIND", "github"), ("GITHUB:CLIENTID", "c"), ("GITHUB:CLIENTSECRET", "s"));
        Assert.Empty(set.Faults);
        var github = Assert.Single(set.All);
        Assert.Equal(
            ("https://github.com", "https://api.github.com", "GitHub", false),
            (github.Issuer, github.ApiUrl, github.Label, github.StepUp));
        var own = Read(
            ("GH:KIND", "GitHub"), ("GH:ISSUER", "https://git.acme.example/"), ("GH:CLIENTID", "c"), ("GH:CLIENTSECRET", "s"));
        Assert.Equal("https://git.acme.example/api/v3", Assert.Single(own.All).ApiUrl);
    }

    [Fact]
    public void Google_is_not_asked_to_prove_again() => Assert.False(Assert.Single(Read(
        ("GOOGLE:ISSUER", "https://accounts.google.com"), ("GOOGLE:CLIENTID", "c"), ("GOOGLE:CLIENTSECRET", "s")).All).StepUp);

    [Theory]
    [InlineData("ACME:ISSUER", "", "ISSUER is missing")]
    [InlineData("ACME:ISSUER", "http://id.acme.example/", "no https address")]
    [InlineData("ACME:ISSUER", "https://user:pass@id.acme.example/", "no https address")]
    [InlineData("ACME:ISSUER", "https://id.acme.example/?a=b", "no https address")]
    [InlineData("ACME:ISSUER", "https://id.acme.example/#a", "no https address")]
    [InlineData("ACME:ISSUER", "id.acme.example", "no https address")]
    [InlineData("ACME:CLIENTID", " ", "CLIENTID is missing")]
    [InlineData("ACME:CLIENTSECRET", "", "CLIENTSECRET is missing")]
    [InlineData("ACME:CLIENTSECRET", "a\nb", "one line")]
    [InlineData("ACME:CLIENT_ID", "x", "CLIENT_ID is no setting. There are KIND, ISSUER")]
    [InlineData("ACME:SCOPES:0", "x", "SCOPES is no setting")]
    [InlineData("ACME:KIND", "saml", "neither openid nor github")]
    [InlineData("ACME:LABEL", "<b>", "LABEL is no text")]
    [InlineData("ACME:SCOPES", "email profile", "must name openid")]
    [InlineData("ACME:SCOPES", "openid \"x\"", "no list of scopes")]
    [InlineData("ACME:TOKENAUTH", "jwt", "neither basic nor post")]
    [InlineData("ACME:SIGNUP", "yes", "neither true nor false")]
    [InlineData("ACME:SKEWSECONDS", "301", "no number from 0 to 300")]
    [InlineData("ACME:TIMEOUTMS", "-1", "no number from 100 to 60000")]
    [InlineData("ACME:APIURL", "https://api.acme.example", "for KIND=github alone")]
    [InlineData("ACME:AUTHORITYFILE", "/nowhere/ca.pem", "cannot be read")]
    [InlineData("ACME-2:ISSUER", "https://x.example", "the name of a provider is a word")]
    [InlineData("2ACME:ISSUER", "https://x.example", "the name of a provider is a word")]
    public void A_fault_names_its_variable_and_the_fix(string name, string value, string expected)
    {
        var set = Read([.. Good.Where(one => one.Item1 != name), (name, value)]);
        var fault = Assert.Single(set.Faults);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.Contains("SLUICE_PROVIDERS__", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void One_issuer_under_two_names_is_refused()
    {
        var set = Read(
            [.. Good, ("OTHER:ISSUER", "https://id.acme.example/"), ("OTHER:CLIENTID", "c"), ("OTHER:CLIENTSECRET", "s")]);
        Assert.Contains("have one issuer", Assert.Single(set.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void GitHub_cannot_be_asked_to_prove_again() => Assert.Contains(
        "STEPUP cannot be true",
        Assert.Single(Read(
            ("G:KIND", "github"), ("G:CLIENTID", "c"), ("G:CLIENTSECRET", "s"), ("G:STEPUP", "true")).Faults),
        StringComparison.Ordinal);

    [Fact]
    public void Every_setting_is_documented()
    {
        var page = Repository.Text("docs/settings.md");
        Repository.Empty(
            from name in ProviderSet.Names
            where !page.Contains($"`PROVIDERS__name__{name}`", StringComparison.Ordinal)
            select $"docs/settings.md does not tell of `PROVIDERS__name__{name}`");
    }

    private static ProviderSet Read(params (string Name, string Value)[] settings)
    {
        var set = new ProviderSet();
        set.Read(new ConfigurationBuilder().AddInMemoryCollection(
            settings.Select(one => KeyValuePair.Create($"Providers:{one.Name}", (string?)one.Value))).Build().GetSection("Providers"));
        return set;
    }
}
