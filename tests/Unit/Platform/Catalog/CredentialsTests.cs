using Microsoft.Extensions.Options;
using Sluice.Platform;
using Sluice.Platform.Catalog;
using Sluice.Platform.Catalog.Inside;
using Xunit;

namespace Sluice.Unit.Platform.Catalog;

public sealed class CredentialsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-catalog").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Authorization", "Bearer hunter22", true)]
    [InlineData("Authorization", "Bearer ${env:TOKEN}", false)]
    [InlineData("Authorization", "Bearer hunter22${env:TOKEN}", true)]
    [InlineData("X-Anything", "hunter22", true)]
    [InlineData("X-Anything", "file:/run/secrets/x", false)]
    [InlineData("user-agent", "sluice", false)]
    public void A_literal_header_value_is_a_credential_unless_its_name_is_harmless(string name, string value, bool secret) =>
        Assert.Equal(secret, Credentials.InHeader(name, value));

    [Theory]
    [InlineData("https://mainnet.example.org/v3/0123456789abcdef0123456789abcdef", true)]
    [InlineData("https://mainnet.example.org/v3/${env:KEY}", false)]
    [InlineData("https://mainnet.example.org/ext/bc/C/rpc", false)]
    public void A_url_with_a_key_in_its_path_is_a_credential(string url, bool secret) =>
        Assert.Equal(secret, Credentials.InUrl(url));

    [Fact]
    public void Sealed_credentials_open_to_what_they_were_and_show_nothing()
    {
        var box = Box();
        var service = Service("https://a.example/0123456789abcdef0123456789abcdef", "Bearer hunter22");
        var stored = Credentials.Seal(service, box);
        Assert.DoesNotContain("hunter22", StoredJson.Write(stored), StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789abcdef", StoredJson.Write(stored), StringComparison.Ordinal);
        Assert.Equal(StoredJson.Write(service), StoredJson.Write(Credentials.Open(stored, box, (_, _) => Assert.Fail("closed"))));
        var shown = Credentials.Masked(service).Upstreams[0];
        Assert.Equal(("https://a.example/•••", "•••"), (shown.Url, shown.Headers["authorization"]));
    }

    [Fact]
    public void A_credential_moved_to_another_place_does_not_open()
    {
        var box = Box();
        var stored = Credentials.Seal(Service("https://a.example", "Bearer hunter22"), box);
        List<string> closed = [];
        Credentials.Open(stored with { Name = "other" }, box, (upstream, place) => closed.Add($"{upstream} {place}"));
        Assert.Equal(["main headers.Authorization"], closed);
    }

    [Fact]
    public void The_mask_keeps_what_is_stored_and_nothing_else()
    {
        var old = Service("https://a.example/0123456789abcdef0123456789abcdef", "Bearer hunter22");
        var kept = Credentials.Kept(Credentials.Masked(old), old, (_, place) => Assert.Fail(place));
        Assert.Equal(StoredJson.Write(old), StoredJson.Write(kept));
        List<string> unknown = [];
        Credentials.Kept(Service("https://b.example/•••", "•••"), old with { Upstreams = [] }, (_, place) => unknown.Add(place));
        Assert.Equal(["url", "headers.Authorization"], unknown);
        unknown.Clear();
        // The host changed under the mask: the key of one host must not be sent to another.
        Credentials.Kept(Service("https://b.example/•••", "Bearer x"), old, (_, place) => unknown.Add(place));
        Assert.Equal(["url"], unknown);
    }

    [Fact]
    public void References_resolve_from_files_in_an_open_folder_only()
    {
        File.WriteAllText(Path.Combine(_folder, "token"), "s3cret\n");
        File.WriteAllText(Path.Combine(_folder, "url"), "https://user:p%40ss@a.example/rpc");
        var service = Service($"file:{_folder}/url", $"Bearer ${{file:{_folder}/token}}") with { };
        List<UpstreamOut> gone = [];
        var open = Resolver(_folder).Resolve(
            service with { Upstreams = [service.Upstreams[0], service.Upstreams[0] with { Name = "bare", Headers = new Dictionary<string, string>() }] },
            gone.Add);
        Assert.Empty(gone);
        Assert.Equal(("https://a.example/rpc", "Bearer s3cret"), (open.Upstreams[0].Url, open.Upstreams[0].Headers["Authorization"]));
        Assert.Equal("Basic dXNlcjpwQHNz", open.Upstreams[1].Headers["authorization"]);

        Assert.Empty(Resolver("/run/secrets").Resolve(service, gone.Add).Upstreams);
        Assert.Contains("SLUICE_CATALOG__SECRETFOLDERS", Assert.Single(gone).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("${file:{0}/../../etc/passwd}", "is in no folder")]
    [InlineData("${file:{0}/missing}", "cannot be read")]
    [InlineData("${file:{0}/empty}", "is empty")]
    [InlineData("${env:NO_SUCH_VARIABLE_OF_OURS}", "is not set")]
    [InlineData("${env:SLUICE_DATABASE}", "is a setting of Sluice itself")]
    [InlineData("${file:{0}/lines}", "no header may carry")]
    public void What_cannot_be_resolved_puts_the_upstream_out_and_says_why(string value, string reason)
    {
        File.WriteAllText(Path.Combine(_folder, "empty"), " \n");
        File.WriteAllText(Path.Combine(_folder, "lines"), "hunter22\r\nX: y");
        List<UpstreamOut> gone = [];
        var open = Resolver(_folder).Resolve(
            Service("https://a.example", value.Replace("{0}", _folder, StringComparison.Ordinal)), gone.Add);
        Assert.Empty(open.Upstreams);
        var told = Assert.Single(gone);
        Assert.Equal(("eth", "main"), (told.Service, told.Upstream));
        Assert.Contains(reason, told.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter22", told.Reason, StringComparison.Ordinal);
    }

    private static Resolver Resolver(string folders) => new(Options.Create(new CatalogOptions { SecretFolders = folders }));

    private AesSecretBox Box() => new(Path.Combine(_folder, "ring.json"), TimeProvider.System);

    private static ServiceDefinition Service(string url, string authorization) => new()
    {
        Name = "eth",
        Title = "Ethereum",
        Prices = new MethodPrices(1, new Dictionary<string, long>()),
        Upstreams =
        [
            new UpstreamDefinition(
                "main", UpstreamKind.Plain, url, null, null, new Dictionary<string, string> { ["Authorization"] = authorization }),
        ],
    };
}
