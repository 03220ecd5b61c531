using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Sluice.Integration.Origins;
using Xunit;

namespace Sluice.Integration.Notices;

/// <summary>What docs/webhooks.md tells receivers to do, done: each snippet takes what is genuine and nothing else.</summary>
public sealed class SnippetTests : IDisposable
{
    private const string Id = "evt_1";
    private const string Body = """{"id":"evt_1","text":"ž 🐎"}""";
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-snippets-").FullName;
    private readonly string _page = File.ReadAllText(Path.Combine(Root(), "docs", "webhooks.md"));
    private readonly string _secret = "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly string _now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_CSharp_of_the_page_is_the_one_that_is_tried_here()
    {
        var here = File.ReadAllText(Path.Combine(Root(), "tests", "Integration", "Notices", "SnippetTests.cs"));
        var begin = here.LastIndexOf("    private static bool IsGenuine(", StringComparison.Ordinal);
        var lines = here[begin..].Split("\n    }\n")[0].Split('\n').Select(line => line.Length > 4 ? line[4..] : line);
        var method = string.Join('\n', lines).Replace("private static", "static", StringComparison.Ordinal) + "\n}";
        Assert.Equal(Snippet("csharp").Trim(), method.Trim());
        Assert.True(IsGenuine(_secret, Id, _now, $"v1,other {Signed(_now)}", Encoding.UTF8.GetBytes(Body)));
        Assert.False(IsGenuine(_secret, Id, _now, Signed(_now), Encoding.UTF8.GetBytes(Body + " ")));
        Assert.False(IsGenuine(_secret, "evt_2", _now, Signed(_now), Encoding.UTF8.GetBytes(Body)));
        Assert.False(IsGenuine(_secret, Id, "1600000000", Signed("1600000000"), Encoding.UTF8.GetBytes(Body)));
    }

    [Theory]
    [InlineData(Body, 0, "true")]
    [InlineData("{}", 0, "false")]
    [InlineData(Body, 600, "false")]
    public async Task The_JavaScript_of_the_page_takes_what_is_genuine_alone(string body, int secondsAgo, string expected)
    {
        var at = (long.Parse(_now, CultureInfo.InvariantCulture) - secondsAgo).ToString(CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(Path.Combine(_folder, "genuine.mjs"), Snippet("js"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "try.mjs"), """
            import { isGenuine } from "./genuine.mjs";
            const [secret, id, at, signature, body] = process.argv.slice(2);
            console.log(isGenuine(secret, { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature }, Buffer.from(body)));
            """);
        Assert.Equal(expected, await Run("node", "try.mjs", _secret, Id, at, $"v1,AAAA {Signed(at)}", body));
    }

    [Fact]
    public async Task The_shell_of_the_page_sends_what_a_receiver_takes()
    {
        await using var receiver = MisbehavingOrigin.Start();
        (receiver.IsProbe, receiver.Default) = (_ => false, Behaviours.Body("thanks"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "body"), Body);
        var shell = $"set -eu; secret={_secret}; url={receiver.Url}\n" + Snippet("sh", holding: "openssl");
        Assert.Equal("thanks", await Run("bash", "-c", shell));
        var request = Assert.Single(receiver.Received);
        Assert.True(IsGenuine(
            _secret, request.Header("webhook-id")!, request.Header("webhook-timestamp")!, request.Header("webhook-signature")!, request.Body));
    }

    private static bool IsGenuine(string secret, string id, string timestamp, string signatures, byte[] body)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(timestamp, CultureInfo.InvariantCulture));
        if ((TimeProvider.System.GetUtcNow() - at).Duration() > TimeSpan.FromMinutes(5)) return false;
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var expected = Encoding.ASCII.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
        return signatures.Split(' ').Any(one =>
            CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(one), expected));
    }

    private string Signed(string at) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Convert.FromBase64String(_secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{Id}.{at}.{Body}")));

    private string Snippet(string language, string holding = "") => Regex
        .Matches(_page, $"```{language}\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5))
        .Select(match => match.Groups["text"].Value).First(text => text.Contains(holding, StringComparison.Ordinal));

    private async Task<string> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return text.Trim();
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Sluice.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
