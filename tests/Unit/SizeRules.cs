using System.Text.RegularExpressions;
using Xunit;

namespace Sluice.Unit;

/// <summary>
/// How much fits on a line, into a method and into a constructor, read from the source text: code is laid out as the
/// formatter leaves it, so a brace that opens a block stands alone, as deep as the one that closes it.
/// </summary>
public sealed class SizeRules
{
    private const int LineMax = 130;
    private const int MethodLinesMax = 60;
    private const int ParametersMax = 6;

    // The pipeline's constructor is the list of its steps.
    private static readonly string[] ListsByNature = ["Pipeline"];

    [Fact]
    public void Source_keeps_its_sizes() => Repository.Empty(
        Repository.Files("src", ".cs").SelectMany(file => Check(file, Repository.Text(file))));

    [Fact]
    public void The_sizes_catch_a_line_that_is_too_long()
    {
        Assert.Contains(Check("X.cs", $"a\n// {new string('a', LineMax - 2)}\nb"), Says("X.cs:2: 131 characters"));
        Assert.Empty(Check("X.cs", $"// {new string('a', LineMax - 3)}"));
    }

    [Theory]
    [InlineData("    private void Go()", 61, true)]
    [InlineData("    private void Go()", 60, false)]
    [InlineData("    public X(\n        int a, int b)", 61, true)]
    [InlineData("        void Go(int a)", 61, true)]
    [InlineData("    private sealed class Inner(int a)", 61, false)]
    public void The_sizes_catch_a_method_that_is_too_long(string head, int lines, bool caught)
    {
        var depth = head[..(head.Length - head.TrimStart().Length)];
        var body = string.Concat(Enumerable.Repeat($"{depth}    A();\n", lines));
        var text = $"class X\n{{\n{head}\n{depth}{{\n{body}{depth}}}\n}}\n";
        Assert.Equal(caught, Check("X.cs", text).Any(Says("61 lines").Invoke));
    }

    [Theory]
    [InlineData("class X(int a, int b, int c, int d, int e, int f, int g);", true)]
    [InlineData("class X\n{\n    public X(int a, int b, int c, int d, int e, int f, int g)\n    {\n    }\n}", true)]
    [InlineData("class X(int a, int b, int c, int d, int e, Func<int, int, (int, int)> f);", false)]
    [InlineData("record X(int A, int B, int C, int D, int E, int F, int G);", false)]
    [InlineData("class X\n{\n    public void Y(int a, int b, int c, int d, int e, int f, int g)\n    {\n    }\n}", false)]
    public void The_sizes_catch_a_constructor_that_takes_too_much(string text, bool caught) =>
        Assert.Equal(caught, Check("X.cs", text).Any(Says("takes 7").Invoke));

    private static Predicate<string> Says(string part) => message => message.Contains(part, StringComparison.Ordinal);

    private static IEnumerable<string> Check(string path, string text)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > LineMax) yield return $"{path}:{i + 1}: {lines[i].Length} characters, at most {LineMax}";
            if (MethodLines(lines, i) is > MethodLinesMax and var length)
                yield return $"{path}:{i + 1}: a method of {length} lines, at most {MethodLinesMax}";
        }
        foreach (var (type, count) in Constructors(text))
            if (count > ParametersMax && !ListsByNature.Contains(type, StringComparer.Ordinal))
                yield return $"{path}: the constructor of {type} takes {count} parameters, at most {ParametersMax}";
    }

    // Between the braces; 0 where no block of code opens, or one of a type.
    private static int MethodLines(string[] lines, int open)
    {
        var depth = lines[open].Length - lines[open].TrimStart().Length;
        if (depth < 4 || lines[open].Trim() != "{") return 0;
        var indent = new string(' ', depth);
        var head = open - 1;
        while (head > 0 && lines[head].StartsWith(indent + " ", StringComparison.Ordinal)) head--;
        if (Repository.Says(lines[head], @"\b(class|struct|record|interface|enum)\b")) return 0;
        return Array.FindIndex(lines, open, line => line.StartsWith(indent + "}", StringComparison.Ordinal)) - open - 1;
    }

    private static IEnumerable<(string Type, int Count)> Constructors(string text)
    {
        var types = Repository.Find(text, @"\b(class|struct) (?<name>\w+)").ToHashSet(StringComparer.Ordinal);
        var heads = Regex.Matches(
            text, @"(?<!record )\b(class|struct) (?<name>\w+)(<[^>]*>)?\(|^ +(public|private|internal|protected) (?<name>\w+)\(",
            RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
        foreach (Match head in heads)
        {
            var name = head.Groups["name"].Value;
            if (types.Contains(name)) yield return (name, Parameters(text[(head.Index + head.Length)..]));
        }
    }

    // Commas that stand in no bracket, up to the one that closes the list.
    private static int Parameters(string list)
    {
        var (count, depth) = (1, 0);
        foreach (var c in list)
        {
            if (c == ',' && depth == 0) count++;
            else if (c is '(' or '[' or '<' or '{') depth++;
            else if (c is ')' or ']' or '>' or '}' && --depth < 0) break;
        }
        return count;
    }
}
