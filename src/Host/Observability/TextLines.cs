using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Sluice.Host.Observability;

/// <summary>
/// Short lines for a terminal: time (UTC), level, category, what is said. One event is one line whatever it holds: a text
/// that somebody else chose can neither begin a line of its own nor speak to the terminal.
/// </summary>
internal sealed class TextLines(TimeProvider time, bool isTerminal) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "sluice";

    private const string Plain = "\e[0m";
    private static readonly (string Word, string Color) Worst = ("crit", "\e[31m");

    public TextLines(TimeProvider time) : this(time, !Console.IsErrorRedirected)
    {
    }

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var said = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var (word, color) = WordOf(logEntry.LogLevel);
        var line = new StringBuilder(120)
            .Append(time.GetUtcNow().UtcDateTime.ToString("HH:mm:ss'Z' ", CultureInfo.InvariantCulture));
        if (isTerminal && color.Length > 0) line.Append(color).Append(word).Append(Plain);
        else line.Append(word);
        line.Append(": ").Append(logEntry.Category)
            .Append(CultureInfo.InvariantCulture, $"[{logEntry.EventId.Id}] ");
        Tame(line, said);
        if (logEntry.Exception is { } fault) Tame(line.Append(' '), fault.ToString());
        textWriter.WriteLine(line);
    }

    private static void Tame(StringBuilder line, string text)
    {
        foreach (var one in text)
        {
            if (one == '\n') line.Append("\\n");
            else if (char.IsControl(one) || one is '\u2028' or '\u2029')
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}");
            else line.Append(one);
        }
    }

    private static (string Word, string Color) WordOf(LogLevel level) => level switch
    {
        LogLevel.Trace => ("trce", ""),
        LogLevel.Debug => ("dbug", ""),
        LogLevel.Information => ("info", "\e[32m"),
        LogLevel.Warning => ("warn", "\e[33m"),
        LogLevel.Error => ("fail", "\e[31m"),
        _ => Worst,
    };
}
