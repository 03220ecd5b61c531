using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Sluice.Host.Cli;

/// <summary>Refuses what stands in the place of a value and is none, in the words of the command line.</summary>
internal static class Words
{
    /// <summary>
    /// Has a command and all below it check: numbers are numbers, no argument is blank, and what reads like an option and is
    /// none is not taken for one of several values.
    /// </summary>
    public static void Check(Command command)
    {
        foreach (var option in command.Options) Check(option);
        foreach (var argument in command.Arguments) Check(argument);
        foreach (var verb in command.Subcommands) Check(verb);
    }

    private static void Check(Option option)
    {
        switch (option)
        {
            case Option<int> number: number.CustomParser = result => Number<int>(result, option.Name); break;
            case Option<int?> number: number.CustomParser = result => Number<int>(result, option.Name); break;
            case Option<long?> number: number.CustomParser = result => Number<long>(result, option.Name); break;
            case Option<int[]> numbers: numbers.CustomParser = result => Numbers(result, option.Name); break;
            case Option<string[]> texts: texts.Validators.Add(Strange); break;
        }
    }

    private static void Check(Argument argument)
    {
        if (argument is Argument<long> number) number.CustomParser = result => Number<long>(result, argument.Name);
        argument.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
                result.AddError($"{argument.Name} must not be empty.");
        });
    }

    private static void Strange(OptionResult result)
    {
        foreach (var token in result.Tokens.Where(token => token.Value.StartsWith("--", StringComparison.Ordinal)))
            result.AddError($"{token.Value} is no option here.");
    }

    private static T Number<T>(ArgumentResult result, string name) where T : struct, INumber<T> =>
        Read<T>(result, result.Tokens[0].Value, name);

    private static int[] Numbers(ArgumentResult result, string name) =>
        [.. result.Tokens.Select(token => Read<int>(result, token.Value, name))];

    private static T Read<T>(ArgumentResult result, string text, string name) where T : struct, INumber<T>
    {
        if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        result.AddError($"{name} takes a whole number, not '{text}'.");
        return default;
    }
}
