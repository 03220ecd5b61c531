using System.Globalization;
using Spectre.Console;

namespace Sluice.Host.Cli;

/// <summary>Where one command reads and prints: the process' own streams, or those that whoever runs it gives.</summary>
/// <param name="Width">Columns of a line; what does not fit is shown in another shape.</param>
/// <param name="IsScreen">Whether somebody looks at it, with colours and a width of its own.</param>
internal sealed record Terminal(TextReader In, TextWriter Out, TextWriter Error, int Width, bool IsScreen = false)
{
    private const int WidthOfPipes = 400;
    private const int WidthMin = 20;

    private static readonly AsyncLocal<Terminal?> OfThisRun = new();
    private static readonly Lazy<Terminal> OfThisProcess = new(Real);

    private IAnsiConsole? _console;

    /// <summary>That of the command that runs in this flow.</summary>
    public static Terminal Present
    {
        get => OfThisRun.Value ?? OfThisProcess.Value;
        set => OfThisRun.Value = value;
    }

    /// <summary>What draws tables on it.</summary>
    public IAnsiConsole Console => _console ??= Draws();

    // Into a file or a pipe: no colours, no wrapping, unless COLUMNS says how wide.
    private static Terminal Real()
    {
        var screen = !System.Console.IsOutputRedirected;
        return new Terminal(System.Console.In, System.Console.Out, System.Console.Error, Columns() ?? WidthOfPipes, screen);
    }

    private static int? Columns() =>
        int.TryParse(
            Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            && width >= WidthMin
            ? width
            : System.Console.IsOutputRedirected ? null : Math.Max(WidthMin, AnsiConsole.Profile.Width);

    private IAnsiConsole Draws()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Out),
            Ansi = IsScreen ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = IsScreen ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = Width;
        return console;
    }
}
