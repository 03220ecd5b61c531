using Microsoft.AspNetCore.Http;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Rooms.Providers;

/// <summary>GitHub's OAuth against a stand-in that answers as its documentation says.</summary>
public sealed class GitHubTests(PostgresCluster postgres) : IAsyncLifetime
{
    private const string Emails =
        """[{"email":"second@example.org","primary":false,"verified":true},{"email":"Octo@example.org","primary":true,"verified":true}]""";

    private ProviderSite _site = null!;
    private string _user = """{"login":"octo","id":583231,"name":null,"email":"shown@example.org"}""";
    private string _emails = Emails;

    public async ValueTask InitializeAsync()
    {
        _site = await ProviderSite.Start(postgres, null, ("OTHER:KIND", "github"), ("OTHER:LABEL", "GitHub"));
        foreach (var (path, body) in new (string, Func<string>)[] { ("/api/v3/user", () => _user), ("/api/v3/user/emails", () => _emails) })
        {
            _site.Other.Instead[path] = http =>
            {
                var ok = http.Request.Headers.UserAgent.Count > 0
                    && http.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.Ordinal);
                http.Response.StatusCode = ok ? 200 : 403;
                return http.Response.WriteAsync(ok ? body() : "{}");
            };
        }
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task Somebody_of_GitHub_signs_up_by_the_primary_address_and_is_the_number_of_the_account()
    {
        var left = await _site.Depart("other");
        Assert.StartsWith(
            _site.Other.Url + "/login/oauth/authorize?client_id=", left.Url.ToString(), StringComparison.Ordinal);
        Assert.Contains("scope=read%3Auser%20user%3Aemail", left.Url.Query, StringComparison.Ordinal);
        var octo = await _site.ActorOf(await _site.Arrive(left, _site.Other.Enter(left.Url, "-")));
        var user = (await _site.Api.Get<IUsers>().Find(octo.User!.Value))!;
        Assert.Equal(("octo@example.org", "octo"), (user.Email, user.Name));
        Assert.Equal(1, await _site.Api.Scalar("SELECT count(*) FROM tenants.logins WHERE subject = '583231'"));
        // The name there may be somebody else's by now.
        _user = """{"login":"renamed","id":583231}""";
        Assert.Equal(octo.User, (await _site.ActorOf(await Travel())).User);
        _user = """{"login":"octo","id":583232}""";
        _emails = """[{"email":"another@example.org","primary":true,"verified":true}]""";
        Assert.NotEqual(octo.User, (await _site.ActorOf(await Travel())).User);
        Assert.False(_site.Providers.All.Single(one => one.Name == "other").Proves);
    }

    [Theory]
    [InlineData("""[{"email":"octo@example.org","primary":true,"verified":false},{"email":"b@example.org","primary":false,"verified":true}]""")]
    [InlineData("[]")]
    [InlineData("""{"message":"Not Found"}""")]
    [InlineData("""["octo@example.org",null,7]""")]
    [InlineData("""[{"\ud800":1,"primary":true,"verified":true,"email":"a@example.org"}]""")]
    [InlineData("""[{"primary":true,"verified":true,"email":"\ud800@example.org"}]""")]
    public async Task Without_a_verified_primary_address_nobody_signs_up(string emails)
    {
        _emails = emails;
        Assert.Equal("auth.provider-unverified", (await Travel()).Refusal?.Code);
        Assert.Equal(0, await _site.Users);
    }

    [Theory]
    [InlineData("""{"login":"octo"}""")]
    [InlineData("""{"login":"octo","id":"583231"}""")]
    [InlineData("""{"login":"octo","id":1.5}""")]
    [InlineData("""{"login":"octo","id":-1}""")]
    [InlineData("[583231]")]
    [InlineData("")]
    public async Task An_account_without_a_number_is_nobody(string user)
    {
        _user = user;
        Assert.Equal("auth.provider-failed", (await Travel()).Refusal?.Code);
    }

    [Fact]
    public async Task An_error_with_status_200_and_a_foreign_issuer_are_refused()
    {
        var left = await _site.Depart("other");
        var code = _site.Other.Enter(left.Url, "-");
        Assert.Equal("auth.provider-failed", (await _site.Arrive(left, code, issuer: "https://github.example/login/oauth")).Refusal?.Code);
        _site.Other.Instead["/login/oauth/access_token"] = http =>
            http.Response.WriteAsync("""{"error":"bad_verification_code","error_description":"The code is incorrect."}""");
        Assert.Equal("auth.provider-failed", (await Travel()).Refusal?.Code);
        Assert.Equal(0, await _site.Users);
    }

    private async Task<Result<ProviderArrival>> Travel()
    {
        var left = await _site.Depart("other");
        return await _site.Arrive(left, _site.Other.Enter(left.Url, "-"));
    }
}
