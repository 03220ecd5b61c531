using System.Collections;
using Microsoft.AspNetCore.Builder;
using Sluice.Host.Demo;
using Sluice.Host.Serving;
using Sluice.Host.Settings;

namespace Sluice.Unit.Host;

/// <summary>The whole host as it is built for <c>serve</c>. Nothing is started, so the database is not asked for.</summary>
public sealed class BuiltHost : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-built-").FullName;

    public BuiltHost()
    {
        var configuration = SluiceConfiguration.From(new Hashtable { ["SLUICE_DATA"] = _folder });
        var settings = HostSettings.Read(configuration, terminal: false).Value;
        App = SluiceServer.Build(settings, configuration, "Host=localhost", new DemoLine());
    }

    public WebApplication App { get; }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
