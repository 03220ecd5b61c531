using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Chains.Evm;
using Sluice.Chains.Evm.SignIn;
using Sluice.Chains.Signatures;
using Xunit;

namespace Sluice.Unit.Chains.Evm.SignIn;

public sealed class SignInMessageTests
{
    private const string Whole =
        """
        https://gateway.example:8443 wants you to sign in with your Ethereum account:
        0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed

        Sign in to the gateway.

        URI: https://gateway.example:8443/sign-in
        Version: 1
        Chain ID: 10
        Nonce: k7Qm2Zt9xW4b
        Issued At: 2026-03-01T12:00:00Z
        Expiration Time: 2026-03-01T12:10:00Z
        Not Before: 2026-03-01T12:00:00Z
        Request ID: request-1
        Resources:
        - https://gateway.example/terms
        - urn:isbn:0451450523
        """;

    [Fact]
    public void Message_says_what_its_vector_says() => Assert.All(ValidVectors(), vector =>
    {
        var message = Read(vector.Message);
        Assert.Equal(vector.Scheme, message.Scheme);
        Assert.Equal(vector.Domain, message.Domain);
        Assert.Equal(vector.Address, message.Address.ToChecksum());
        Assert.Equal(vector.Statement, message.Statement);
        Assert.Equal(vector.Uri, message.Uri);
        Assert.Equal(vector.ChainId, message.ChainId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(vector.Nonce, message.Nonce);
        Assert.Equal(vector.RequestId, message.RequestId);
        Assert.Equal(vector.Resources, message.Resources);
        Assert.Equal(vector.ExpirationTime is null, message.ExpirationTime is null);
        Assert.Equal(vector.NotBefore is null, message.NotBefore is null);
    });

    [Fact]
    public void Message_is_signed_by_its_address() => Assert.All(ValidVectors(), vector =>
    {
        var signature = EvmSignature.Read(Convert.FromHexString(vector.Signature[2..])).Value;
        Assert.True(Secp256k1.Fastest.TryRecover(Encoding.UTF8.GetBytes(vector.Message), signature, out var signer));
        Assert.Equal(Read(vector.Message).Address, signer);
    });

    [Fact]
    public void Message_composes_to_the_same_message() => Assert.All(ValidVectors(), vector =>
    {
        var composed = Read(vector.Message).Compose().Value;
        Assert.Equal(Read(vector.Message), Read(composed));
        // Times have many forms, and one is written.
        if (vector.IssuedAt == "2026-03-01T12:00:00Z" && vector.NotBefore is null) Assert.Equal(vector.Message, composed);
    });

    [Theory]
    [InlineData("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z")]
    [InlineData("2026-03-01T14:30:00.123456789+02:30", "2026-03-01T12:00:00.1234567Z")]
    [InlineData("2026-03-01T00:00:00.10-23:59", "2026-03-01T23:59:00.1Z")]
    [InlineData("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z")]
    [InlineData("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z")]
    [InlineData("2024-02-29T00:00:00z", "2024-02-29T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00-00:01", "0001-01-01T00:01:00Z")]
    public void Time_is_that_of_RFC_3339(string written, string time)
    {
        var message = Read(Whole.Replace("Issued At: 2026-03-01T12:00:00Z", $"Issued At: {written}", StringComparison.Ordinal));
        Assert.Contains($"Issued At: {time}", message.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-03-01")]
    [InlineData("2026-03-01T12:00:00")]
    [InlineData("2026-03-01 12:00:00Z")]
    [InlineData("2026-03-01T12:00Z")]
    [InlineData("2026-02-29T12:00:00Z")]
    [InlineData("2026-13-01T12:00:00Z")]
    [InlineData("2026-00-01T12:00:00Z")]
    [InlineData("2026-03-00T12:00:00Z")]
    [InlineData("2026-03-01T24:00:00Z")]
    [InlineData("2026-03-01T12:60:00Z")]
    [InlineData("2026-03-01T12:00:61Z")]
    [InlineData("2026-03-01T12:00:60Z")]
    [InlineData("2026-03-01T12:00:00.Z")]
    [InlineData("2026-03-01T12:00:00,5Z")]
    [InlineData("2026-03-01T12:00:00+0100")]
    [InlineData("2026-03-01T12:00:00+24:00")]
    [InlineData("2026-03-01T12:00:00+01:60")]
    [InlineData("2026-03-01T12:00:00ZZ")]
    [InlineData("2026-03-01T12:00:00Z ")]
    [InlineData("+026-03-01T12:00:00Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+00:01")]
    [InlineData("9999-12-31T23:59:59-00:01")]
    [InlineData("９026-03-01T12:00:00Z")]
    [InlineData("Sun, 01 Mar 2026 12:00:00 GMT")]
    [InlineData("")]
    public void Time_of_another_form_is_refused(string written)
    {
        foreach (var label in new[] { "Issued At: ", "Expiration Time: ", "Not Before: " })
        {
            var lines = Whole.Split('\n').Select(line => line.StartsWith(label, StringComparison.Ordinal) ? label + written : line);
            Refused(string.Join('\n', lines), $"after \"{label}\" a time (RFC 3339)");
        }
    }

    // One part of the whole message is put in place of another; the refusal names the line.
    [Theory]
    [InlineData("https://gateway.example:8443 wants", " wants", "Line 1 of the message must name a domain")]
    [InlineData("https://gateway.example:8443 wants", "https:// wants", "Line 1 of the message must name a domain")]
    [InlineData("https://gateway.example:8443 wants", "#gateway wants", "Line 1 of the message must name a domain")]
    [InlineData("https://gateway.example:8443 wants", "gateway.example/path wants", "Line 1 of the message must name a domain")]
    [InlineData("https://gateway.example:8443 wants", "gateway.example:port wants", "Line 1 of the message must name a domain")]
    [InlineData("https://gateway.example:8443 wants", "a@b@gateway.example wants", "Line 1 of the message must name a domain")]
    [InlineData("https://gateway.example:8443 wants", "[::g] wants", "Line 1 of the message must name a domain")]
    [InlineData("https://gateway.example:8443 wants", "[::1 wants", "Line 1 of the message must name a domain")]
    [InlineData("https://gateway.example:8443 wants", "[::1]8 wants", "Line 1 of the message must name a domain")]
    [InlineData("https://gateway.example:8443 wants", "gäte.example wants", "Line 1 of the message must name a domain")]
    [InlineData("https://gateway.example:8443 wants", "1https://gateway.example wants", "Line 1 of the message must begin with a scheme")]
    [InlineData("https://gateway.example:8443 wants", "https://http://gateway.example wants", "Line 1 of the message must name a domain")]
    [InlineData("wants you to sign in with your Ethereum account:", "wants you to sign in with your Ethereum account", "Line 1")]
    [InlineData("wants you to sign in with your Ethereum account:", "wants you to sign in with your ethereum account:", "Line 1")]
    [InlineData("wants you to sign in with your Ethereum account:", "wants you to sign in with your Solana account:", "Line 1")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "Line 2")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "Line 2")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed ", "Line 2")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "", "Line 2")]
    [InlineData("BeAed\n\n", "BeAed\n", "Line 3 of the message must be empty")]
    [InlineData("Sign in to the gateway.", "Sign in\nto the gateway.", "Line 5 of the message must be empty")]
    [InlineData("Sign in to the gateway.", "Signed in at 100%", "Line 4 of the message holds what a statement may not")]
    [InlineData("Sign in to the gateway.", "\"Sign in\"", "Line 4 of the message holds what a statement may not")]
    [InlineData("Sign in to the gateway.", "Tschüß", "Line 4 of the message holds what a statement may not")]
    [InlineData("Sign in to the gateway.", "Sign\tin", "Line 4 of the message holds what a statement may not")]
    [InlineData("gateway.\n\n", "gateway.\n", "Line 5 of the message must be empty")]
    [InlineData("gateway.\n\n", "gateway.\n\n\n", "Line 6 of the message must begin with \"URI: \"")]
    [InlineData("URI: https", "uri: https", "Line 6 of the message must begin with \"URI: \"")]
    [InlineData("URI: https://gateway.example:8443/sign-in", "URI: /sign-in", "Line 6")]
    [InlineData("URI: https://gateway.example:8443/sign-in", "URI: :sign-in", "Line 6")]
    [InlineData("URI: https://gateway.example:8443/sign-in", "URI: https://a b", "Line 6")]
    [InlineData("URI: https://gateway.example:8443/sign-in", "URI: https://a/%4", "Line 6")]
    [InlineData("URI: https://gateway.example:8443/sign-in", "URI: https://a/#b#c", "Line 6")]
    [InlineData("URI: https://gateway.example:8443/sign-in", "URI: https://a/[b]", "Line 6")]
    [InlineData("URI: https://gateway.example:8443/sign-in", "URI: ", "Line 6")]
    [InlineData("Version: 1", "Version: 2", "Line 7 of the message must say after \"Version: \" 1")]
    [InlineData("Version: 1", "Version: 01", "Line 7")]
    [InlineData("Version: 1\nChain ID: 10", "Chain ID: 10\nVersion: 1", "Line 7 of the message must begin with \"Version: \"")]
    [InlineData("Chain ID: 10", "Chain ID: 0x1", "Line 8")]
    [InlineData("Chain ID: 10", "Chain ID: -1", "Line 8")]
    [InlineData("Chain ID: 10", "Chain ID: +1", "Line 8")]
    [InlineData("Chain ID: 10", "Chain ID: 1 ", "Line 8")]
    [InlineData("Chain ID: 10", "Chain ID: ", "Line 8")]
    [InlineData("Chain ID: 10", "Chain ID: 18446744073709551616", "Line 8")]
    [InlineData("Nonce: k7Qm2Zt9xW4b", "Nonce: k7Qm2Zt", "Line 9")]
    [InlineData("Nonce: k7Qm2Zt9xW4b", "Nonce: k7Qm2Zt9-xW4b", "Line 9")]
    [InlineData("Nonce: k7Qm2Zt9xW4b", "Nonce: k7Qm2Zt9xW4é", "Line 9")]
    [InlineData("Nonce: k7Qm2Zt9xW4b\n", "", "Line 9 of the message must begin with \"Nonce: \"")]
    [InlineData("Request ID: request-1", "Request ID: a/b", "Line 13")]
    [InlineData("Request ID: request-1\n", "Not Before: 2026-03-01T12:00:00Z\n", "Line 13 of the message is one too many")]
    [InlineData("Request ID: request-1\n", "\n", "Line 13 of the message is one too many")]
    [InlineData("Resources:\n", "Resources: \n", "Line 14 of the message is one too many")]
    [InlineData("- https://gateway.example/terms", "https://gateway.example/terms", "Line 15 of the message must begin with \"- \"")]
    [InlineData("- https://gateway.example/terms", "- terms", "Line 15 of the message must say after \"- \" a URI")]
    [InlineData("- https://gateway.example/terms\n", "- https://gateway.example/terms - ", "Line 15")]
    [InlineData("urn:isbn:0451450523", "urn:isbn:0451450523\n", "Line 17 of the message must begin with \"- \"")]
    public void Message_of_another_form_is_refused_with_its_line(string part, string other, string expected)
    {
        Assert.Contains(part, Whole, StringComparison.Ordinal);
        Refused(Whole.Replace(part, other, StringComparison.Ordinal), expected);
    }

    [Fact]
    public void Message_with_other_line_ends_or_too_long_is_refused()
    {
        Refused(Whole.Replace("\n", "\r\n", StringComparison.Ordinal), "Line 1");
        Refused(Whole + "\n", "Line 17");
        Refused("", "Line 1");
        Refused(Whole + new string('a', SignInMessage.TextMax), "at most 8192 characters");
        Assert.Equal(
            Whole.Length + 500,
            Read(Whole.Replace("gateway.\n", new string('a', 500) + "gateway.\n", StringComparison.Ordinal)).ToString().Length);
    }

    [Fact]
    public void Message_that_ends_early_is_refused_wherever_it_ends()
    {
        Assert.True(SignInMessage.Parse(Whole).Ok);
        var lines = Whole.Split('\n');
        for (var count = 0; count < 10; count++)
            Assert.Equal("wallet.message-invalid", SignInMessage.Parse(string.Join('\n', lines.Take(count))).Refusal?.Code);
        Assert.True(SignInMessage.Parse(string.Join('\n', lines.Take(10))).Ok);
    }

    [Fact]
    public void Parts_that_would_be_read_as_others_are_not_composed()
    {
        var message = Read(Whole);
        Assert.False((message with { Statement = "a\n\nURI: https://other.example" }).Compose().Ok);
        Assert.False((message with { Statement = "50%" }).Compose().Ok);
        Assert.False((message with { Nonce = "short" }).Compose().Ok);
        Assert.False((message with { Domain = "http://gateway.example", Scheme = null }).Compose().Ok);
        Assert.False((message with { RequestId = "a\nResources:", Resources = null }).Compose().Ok);
        Assert.False((message with { Resources = ["https://a\n- https://b"] }).Compose().Ok);
        Assert.Equal(Whole, message.Compose().Value);
    }

    [Fact]
    public void Whatever_comes_is_read_or_refused_and_never_throws() =>
        Law.Holds(400, Prop.ForAll(Garbage().ToArbitrary(), text =>
        {
            var read = SignInMessage.Parse(text);
            if (!read.Ok) return read.Refusal is { Code: "wallet.message-invalid", Status: 422, Message.Length: > 20 };
            // What is taken says the same again.
            return SignInMessage.Parse(read.Value.ToString()).Value == read.Value && read.Value.Compose().Ok;
        }));

    // From pure noise to a message with one character changed, moved or doubled, or lines of it shuffled.
    private static Gen<string> Garbage()
    {
        const string telling = "\n :/?#[]@%-.0169aAzZé\0\r\t\ud800";
        var noise = ArbMap.Default.GeneratorFor<string?>().Select(text => text ?? "");
        var telltale = Gen.Elements(telling.ToCharArray()).ArrayOf().Select(all => new string(all));
        var edited =
            from times in Gen.Choose(1, 3)
            from edits in Gen.Choose(0, Whole.Length - 2).Zip(Gen.Elements(telling.ToCharArray())).Zip(Gen.Choose(0, 3)).ArrayOf(times)
            select edits.Aggregate(Whole, (text, edit) => Edit(text, edit.Item1.Item1 % text.Length, edit.Item1.Item2, edit.Item2));
        var shuffled = Gen.Shuffle(Whole.Split('\n')).SelectMany(lines =>
            Gen.Choose(0, lines.Length).Select(count => string.Join('\n', lines.Take(count))));
        var lengthened = Gen.Choose(1, 12_000).Select(length => Whole + "\n- urn:" + new string('x', length));
        return Gen.OneOf(noise, telltale, edited, edited, shuffled, lengthened);
    }

    private static string Edit(string text, int at, char value, int kind) => kind switch
    {
        0 => text.Remove(at, 1).Insert(at, value.ToString()),
        1 => text.Insert(at, value.ToString()),
        2 => text.Remove(at, 1) + " ",
        _ => text.Insert(at, text.Substring(at, Math.Min(20, text.Length - at))),
    };

    private static IReadOnlyList<ValidVector> ValidVectors() => Vectors.Read<ValidVector>("sign-in.json", "valid");

    private static SignInMessage Read(string text) => SignInMessage.Parse(text).Value;

    private static void Refused(string text, string expected)
    {
        var refusal = SignInMessage.Parse(text).Refusal;
        Assert.Equal("wallet.message-invalid", refusal?.Code);
        Assert.Contains(expected, refusal!.Message, StringComparison.Ordinal);
    }

    private sealed record ValidVector(string Message, string Address, string Domain, string Uri, string ChainId, string Nonce)
    {
        public required string IssuedAt { get; init; }
        public required string Signature { get; init; }
        public string? Scheme { get; init; }
        public string? Statement { get; init; }
        public string? ExpirationTime { get; init; }
        public string? NotBefore { get; init; }
        public string? RequestId { get; init; }
        public IReadOnlyList<string>? Resources { get; init; }
    }
}
