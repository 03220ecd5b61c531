using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Jwt;
using Xunit;

namespace Sluice.Unit.Platform.Tenants.Jwt;

public sealed class KeyTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Fact]
    public void The_first_key_signs_at_once_and_the_next_is_published_before_it_signs()
    {
        Assert.Equal(Start, KeySchedule.Due([], Month, Start));
        KeyTimes[] one = [new("a", Start, Start, null)];
        Assert.Equal("a", KeySchedule.Signing(one, Start));
        Assert.Null(KeySchedule.Due(one, Month, Start.AddDays(29)));
        var due = Start + Month - KeySchedule.Lead;
        Assert.Equal(Start + Month, KeySchedule.Due(one, Month, due));
        KeyTimes[] two = [one[0], new("b", due, Start + Month, null)];
        Assert.Null(KeySchedule.Due(two, Month, due));
        Assert.Equal("a", KeySchedule.Signing(two, due));
        Assert.Equal(KeyState.Next, KeySchedule.StateOf(two[1], two, due));
        Assert.Equal("b", KeySchedule.Signing(two, Start + Month));
        Assert.True(KeySchedule.Lead > KeySchedule.SetAge);
    }

    [Fact]
    public void A_key_verifies_until_what_it_signed_has_expired()
    {
        KeyTimes[] keys = [new("a", Start, Start, null), new("b", Start, Start + Month, null)];
        Assert.Equal(KeyState.Signs, KeySchedule.StateOf(keys[0], keys, Start + Month - TimeSpan.FromSeconds(1)));
        Assert.Equal(KeyState.Verifies, KeySchedule.StateOf(keys[0], keys, Start + Month + TimeSpan.FromMinutes(61)));
        Assert.Equal(KeyState.Over, KeySchedule.StateOf(keys[0], keys, Start + Month + TimeSpan.FromMinutes(62)));
        Assert.Equal(KeyState.Signs, KeySchedule.StateOf(keys[1], keys, Start + Month + TimeSpan.FromMinutes(62)));
    }

    [Fact]
    public void A_withdrawn_key_counts_for_nothing()
    {
        KeyTimes[] keys = [new("a", Start, Start, Start.AddDays(1))];
        Assert.Null(KeySchedule.Signing(keys, Start.AddDays(1)));
        Assert.Equal(Start.AddDays(1), KeySchedule.Due(keys, Month, Start.AddDays(1)));
        Assert.Equal(KeyState.Withdrawn, KeySchedule.StateOf(keys[0], keys, Start));
    }

    [Theory]
    [InlineData("1024")]
    [InlineData("even")]
    [InlineData("one")]
    [InlineData("named")]
    [InlineData("ops")]
    [InlineData("nameless")]
    public void A_weak_key_or_one_for_something_else_is_passed_over(string how)
    {
        using var rsa = RSA.Create(how == "1024" ? 1024 : 2048);
        var key = rsa.ExportParameters(false);
        var exponent = how == "even" ? [1, 0, 0] : how == "one" ? [1] : key.Exponent!;
        var more = how == "named" ? ",\"alg\":\"RS512\"" : how == "ops" ? ",\"key_ops\":[\"encrypt\"]" : "";
        var id = how == "nameless" ? "" : "k";
        Assert.Empty(Read($$"""
            {"kty":"RSA","kid":"{{id}}","n":"{{Base64Url.EncodeToString(key.Modulus)}}","e":"{{Base64Url.EncodeToString(exponent)}}"{{more}}}
            """)!);
    }

    [Fact]
    public void A_point_off_the_curve_and_two_keys_of_one_name_are_no_keys()
    {
        var zeros = Base64Url.EncodeToString(new byte[32]);
        Assert.Empty(Read($$"""{"kty":"EC","crv":"P-256","kid":"k","x":"{{zeros}}","y":"{{zeros}}"}""")!);
        const string good = """
            {"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
             "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
            """;
        Assert.Single(Read(good)!);
        Assert.Empty(Read($"{good},{good}")!);
        Assert.Null(Read(string.Join(',', Enumerable.Repeat("{}", 101))));
        Assert.Null(JsonKeys.Read("{\"keys\":{}}"u8.ToArray()));
        Assert.Null(JsonKeys.Read("[]"u8.ToArray()));
        Assert.Null(JsonKeys.Read("<html>"u8.ToArray()));
    }

    [Fact]
    public void A_scope_narrows_and_never_widens()
    {
        HashSet<Permission> held = [Permission.AppsRead, Permission.KeysRead];
        Assert.Null(ScopeText.Narrow(null, null).Value.Scopes);
        Assert.Equal(held, ScopeText.Narrow(null, held).Value.Scopes);
        Assert.Equal([Permission.AppsRead], ScopeText.Narrow("appsRead", held).Value.Scopes);
        Assert.Equal("appsRead keysRead", ScopeText.Write(held));
        foreach (var refused in new[] { "appsWrite", "appsRead appsWrite", "everything", "", " ", "AppsRead", "selfSecurity", new string('a', 5000) })
            Assert.Equal("auth.scope-invalid", ScopeText.Narrow(refused, held).Refusal?.Code);
        Assert.Equal("auth.scope-invalid", ScopeText.Narrow("selfSecurity", null).Refusal?.Code);
        Assert.Equal([Permission.AppsRead], ScopeText.Read("openid appsRead selfSecurity profile"));
    }

    private static IReadOnlyDictionary<string, VerifyingKey>? Read(string keys) =>
        JsonKeys.Read(Encoding.UTF8.GetBytes($$"""{"keys":[{{keys}}]}"""));
}
