using Sluice.Host.Portal.Account;
using Xunit;

namespace Sluice.Unit.Host.Portal;

public sealed class QrTests
{
    [Theory]
    [InlineData("", 21)]
    [InlineData("otpauth://totp/Sluice:name%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Sluice", 41)]
    public void Code_is_as_large_as_its_text_needs(string text, int size)
    {
        var modules = Qr.Modules(text);
        Assert.Equal(size, modules.GetLength(0));
        // The three finders by which a camera knows it, and no fourth.
        Assert.True(IsFinder(modules, 0, 0) && IsFinder(modules, size - 7, 0) && IsFinder(modules, 0, size - 7));
        Assert.False(IsFinder(modules, size - 7, size - 7));
    }

    [Fact]
    public void Text_that_is_too_long_is_refused() => Assert.Throws<ArgumentException>(() => Qr.Modules(new string('a', 700)));

    private static bool IsFinder(bool[,] modules, int x, int y)
    {
        for (var dy = 0; dy < 7; dy++)
            for (var dx = 0; dx < 7; dx++)
                if (modules[x + dx, y + dy] != (Math.Max(Math.Abs(dx - 3), Math.Abs(dy - 3)) != 2)) return false;
        return true;
    }
}
