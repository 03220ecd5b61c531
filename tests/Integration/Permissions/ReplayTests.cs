using System.Net.Http.Headers;
using System.Text;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Permissions;

/// <summary>A secret that was shown once is shown again to the same way in alone, and only while it may what it might.</summary>
public sealed class ReplayTests(PostgresCluster postgres) : IAsyncLifetime
{
    private AccessHost _host = null!;
    private Place _place = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await AccessHost.Start(await postgres.CreateDatabase());
        _place = await Place.Make(_host);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_repeat_by_another_token_of_the_same_person_is_shown_no_secret()
    {
        var member = await _place.Member(OrganizationRole.Developer);
        var (whole, narrow) = (await _place.TokenOf(member), await _place.TokenOf(member, [Permission.KeysWrite]));
        var first = await CreateKey(whole);
        Assert.Equal(201, first.Status);
        Assert.Equal(first, await CreateKey(whole));
        var other = await CreateKey(narrow);
        Assert.Equal(422, other.Status);
        Assert.DoesNotContain("slc_sk_", other.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repeat_by_who_left_meanwhile_is_shown_no_secret()
    {
        var member = await _place.Member(OrganizationRole.Developer);
        var token = await _place.TokenOf(member);
        Assert.Equal(201, (await CreateKey(token)).Status);
        Assert.True((await _host.Get<IMembers>().Remove(_place.Organization, member.User!.Value, Actor.System)).Ok);
        var later = await CreateKey(token);
        Assert.InRange(later.Status, 400, 499);
        Assert.DoesNotContain("slc_sk_", later.Text, StringComparison.Ordinal);
    }

    private async Task<(int Status, string Text)> CreateKey(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/apps/{_place.Ids["app"]}/keys")
        {
            Content = new StringContent("""{"name":"shown once"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Add("Idempotency-Key", "deploy-1");
        using var answer = await _host.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
