using Sluice.Host.Settings;
using Xunit;

namespace Sluice.Unit.Host;

public sealed class SettingsPageTests
{
    [Fact]
    public void Every_setting_of_the_host_is_documented()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Sluice.slnx"))) folder = Path.GetDirectoryName(folder)!;
        var page = File.ReadAllText(Path.Combine(folder, "docs", "settings.md"));
        var missing = HostSettings.Names.Where(name => !page.Contains($"`SLUICE_{name}`", StringComparison.Ordinal));
        Assert.Empty(missing);
    }
}
