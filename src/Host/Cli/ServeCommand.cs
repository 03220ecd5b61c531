using System.CommandLine;
using Sluice.Host.Serving;
using Sluice.Host.Settings;

namespace Sluice.Host.Cli;

internal static class ServeCommand
{
    private static readonly Option<string?> RolesOption = new("--roles")
    {
        Description = "What this process does: gateway, portal, worker, separated by commas. Default all. SLUICE_ROLES.",
        HelpName = "ROLES",
    };

    private static readonly Option<string?> Urls = new("--urls")
    {
        Description = "Where to listen, separated by semicolons. Default http://localhost:4000. SLUICE_URLS.",
        HelpName = "URLS",
    };

    private static readonly Option<bool> Demo = new("--demo")
    {
        Description = "Prepare a local chain, an organization, an app and a key, and print a line to copy.",
    };

    private static readonly Option<bool> NoDemo = new("--no-demo") { Description = "Start without the demo (the default)." };

    public static Command Build()
    {
        var command = new Command("serve", "Run the gateway until it is told to stop (SIGTERM or Ctrl-C).");
        foreach (var option in new Option[] { RolesOption, Urls, Demo, NoDemo }) command.Options.Add(option);
        command.SetAction((parsed, ct) =>
        {
            var configuration = Overridden(parsed);
            var settings = LocalSettings.Read(configuration);
            return new Serving.Serve(
                settings, configuration, Output.IsJson(parsed),
                parsed.GetValue(Demo) && !parsed.GetValue(NoDemo)).Run(ct);
        });
        return command;
    }

    // What is said on the command line wins over the environment, and is checked by the same rules.
    private static SluiceConfiguration Overridden(ParseResult parsed)
    {
        var environment = Environment.GetEnvironmentVariables();
        if (parsed.GetValue(Urls) is { } urls) environment["SLUICE_URLS"] = urls;
        if (parsed.GetValue(RolesOption) is { } roles) environment["SLUICE_ROLES"] = roles;
        return SluiceConfiguration.From(environment);
    }
}

internal static class LocalSettings
{
    public static HostSettings Read(SluiceConfiguration configuration)
    {
        var read = HostSettings.Read(configuration, terminal: !Console.IsErrorRedirected);
        return read.Ok ? read.Value : throw new HostFault(read.Refusal.Message, read.Refusal.Details);
    }
}
