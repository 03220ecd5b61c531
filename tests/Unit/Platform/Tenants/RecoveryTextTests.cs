using Sluice.Platform.Tenants.Inside.Factors;
using Xunit;

namespace Sluice.Unit.Platform.Tenants;

public sealed class RecoveryTextTests
{
    private static readonly Guid User = Guid.CreateVersion7();

    [Fact]
    public void Ten_codes_are_made_and_none_twice()
    {
        var codes = RecoveryText.New();
        Assert.Equal(RecoveryText.Count, codes.Distinct().Count());
        Assert.All(codes, code => Assert.Matches("^[0-9a-hjkmnp-tv-z]{6}(-[0-9a-hjkmnp-tv-z]{6}){3}$", code));
    }

    [Theory]
    [InlineData("ABCDEF-012345-GHJKMN-678901")]
    [InlineData("abcdef012345ghjkmn678901")]
    [InlineData(" abcdef - o12345 ghjkmn 67890i ")]
    [InlineData("abcdefOl2345ghjkmn67890L")]
    public void A_code_is_read_however_it_is_typed(string typed) =>
        Assert.Equal(RecoveryText.Hash("abcdef-012345-ghjkmn-678901", User), RecoveryText.Hash(typed, User));

    [Theory]
    [InlineData("")]
    [InlineData("abcdef-012345-ghjkmn-67890")]
    [InlineData("abcdef-012345-ghjkmn-6789012")]
    [InlineData("abcdef-012345-ghjkmn-67890u")]
    [InlineData("abcdéf-012345-ghjkmn-678901")]
    public void What_cannot_be_a_code_has_no_hash(string typed) => Assert.Null(RecoveryText.Hash(typed, User));

    [Fact]
    public void One_code_of_two_users_looks_different() =>
        Assert.NotEqual(RecoveryText.Hash("abcdef-012345-ghjkmn-678901", User), RecoveryText.Hash("abcdef-012345-ghjkmn-678901", Guid.CreateVersion7()));
}
