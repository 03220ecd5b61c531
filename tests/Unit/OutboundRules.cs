using Xunit;

namespace Sluice.Unit;

/// <summary>
/// What goes out goes where it was told to: no client follows a redirect, and none takes a certificate that the system, or
/// the authorities that an operator named, would not take.
/// </summary>
public sealed class OutboundRules
{
    [Fact]
    public void Clients_follow_no_redirect_and_check_certificates() => Repository.Empty(
        Repository.Files("src", ".cs").SelectMany(file => Check(file, Repository.Text(file))));

    [Theory]
    [InlineData("new HttpClient();", "follows redirects")]
    [InlineData("new HttpClient { Timeout = a };", "follows redirects")]
    [InlineData("HttpClient http = new();", "follows redirects")]
    [InlineData("new HttpClientHandler();", "follows redirects")]
    [InlineData("new HttpClient(new SocketsHttpHandler { UseProxy = false });", "follows redirects")]
    [InlineData("o.RemoteCertificateValidationCallback = (_, _, _, _) => true;", "takes any certificate")]
    [InlineData("DangerousAcceptAnyServerCertificateValidator", "takes any certificate")]
    public void The_rules_catch_a_planted_violation(string text, string expected) =>
        Assert.Contains(Check("X.cs", text), message => message.Contains(expected, StringComparison.Ordinal));

    private static IEnumerable<string> Check(string file, string text)
    {
        if (Repository.Says(text, @"new HttpClient(\(\)|\s*\{)|HttpClient \w+ = new\(\)|new HttpClientHandler")
            || Repository.Find(text, @"new (?<name>SocketsHttpHandler)\b").Count()
                > Repository.Find(text, @"(?<name>AllowAutoRedirect) = false").Count())
            yield return $"{file}: a client that follows redirects; say AllowAutoRedirect = false";
        if (Repository.Says(text, @"CertificateValidationCallback = .*=> true|DangerousAcceptAny"))
            yield return $"{file}: takes any certificate";
    }
}
