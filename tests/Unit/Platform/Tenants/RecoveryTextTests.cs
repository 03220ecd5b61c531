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
        Assert.All(codes, code => Assert.Matches("^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$", code));
    }

    [Theory]
    [InlineData("ABCDE-01234")]
    [InlineData("abcde01234")]
    [InlineData(" abcde - o1234 ")]
    [InlineData("abcdeOl234")]
    public void A_code_is_read_however_it_is_typed(string typed) =>
        Assert.Equal(RecoveryText.Hash("abcde-01234", User), RecoveryText.Hash(typed, User));

    [Theory]
    [InlineData("")]
    [InlineData("abcde-0123")]
    [InlineData("abcde-012345")]
    [InlineData("abcde-0123u")]
    [InlineData("abcdé-01234")]
    public void What_cannot_be_a_code_has_no_hash(string typed) => Assert.Null(RecoveryText.Hash(typed, User));

    [Fact]
    public void One_code_of_two_users_looks_different() =>
        Assert.NotEqual(RecoveryText.Hash("abcde-01234", User), RecoveryText.Hash("abcde-01234", Guid.CreateVersion7()));
}
