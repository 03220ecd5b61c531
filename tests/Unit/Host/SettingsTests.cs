using System.Collections;
using Sluice.Host.Settings;
using Xunit;

namespace Sluice.Unit.Host;

public sealed class SettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Settings_have_defaults_when_nothing_is_set()
    {
        var settings = Read().Value;
        var address = Assert.Single(settings.Addresses);
        Assert.Equal(("http", null, 4000), (address.Scheme, address.Host, address.Port));
        Assert.Equal(Path.GetFullPath("data"), settings.DataDirectory);
        Assert.Equal(Roles.All, settings.Roles);
        Assert.Null(settings.Database);
    }

    [Fact]
    public void Settings_tell_all_faults_when_several_are_wrong()
    {
        var refusal = Read(
            ("SLUICE_URLS", "ftp://x;http://example.com"), ("SLUICE_ROLES", "gateway,cook"), ("SLUICE_METRICS_TOKEN", "short"),
            ("SLUICE_TLS_CERT", "/does/not/exist.pem"), ("SLUICE_DRAIN_SECONDS", "soon"), ("SLUICE_LOG", "loud"),
            ("SLUICE_DATABASE", "Hostess=1")).Refusal;
        Assert.NotNull(refusal?.Details);
        foreach (var name in new[] { "URLS", "ROLES", "METRICS_TOKEN", "TLS_CERT", "TLS_KEY", "DRAIN_SECONDS", "LOG", "DATABASE" })
            Assert.Contains(refusal.Details, fault => fault.Contains($"SLUICE_{name}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("changeme-changeme-changeme")]
    [InlineData("password1234567890")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("0123456789abcde")]
    public void Settings_refuse_a_secret_when_it_is_short_or_guessable(string secret)
    {
        var refusal = Read(("SLUICE_INTERNAL_TOKEN", secret)).Refusal;
        Assert.NotNull(refusal?.Details);
        Assert.DoesNotContain(refusal.Details, fault => fault.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_read_a_secret_from_a_file_when_its_twin_names_one()
    {
        var file = Path.Combine(_folder, "token");
        File.WriteAllText(file, "5f2c7e0b9d4a4c1e8f36\n");
        Assert.Equal("5f2c7e0b9d4a4c1e8f36", Read(("SLUICE_METRICS_TOKEN_FILE", file)).Value.MetricsToken);
    }

    [Fact]
    public void Settings_refuse_both_twins_and_files_that_are_missing()
    {
        var both = Read(("SLUICE_DATABASE", "Host=a"), ("SLUICE_DATABASE_FILE", "/etc/hostname")).Refusal;
        Assert.Contains("both set", Assert.Single(both!.Details!), StringComparison.Ordinal);
        var gone = Read(("SLUICE_DATABASE_FILE", Path.Combine(_folder, "none"))).Refusal;
        Assert.Contains("cannot be read", Assert.Single(gone!.Details!), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_sections_keep_their_path_when_read_from_the_environment()
    {
        var configuration = SluiceConfiguration.From(Environment(("SLUICE_GATEWAY__BATCHMAX", "7"), ("OTHER", "1")));
        Assert.Equal("7", Assert.Single(configuration.Values, pair => pair.Key == "GATEWAY:BATCHMAX").Value);
    }

    [Theory]
    [InlineData("http://localhost:4000", "http", null, 4000)]
    [InlineData("http://localhost:0", "http", "127.0.0.1", 0)]
    [InlineData("https://*:443", "https", "::", 443)]
    [InlineData("http://[::1]:81", "http", "::1", 81)]
    [InlineData("h2c://127.0.0.1:5000", "h2c", "127.0.0.1", 5000)]
    public void Listen_address_is_read_when_it_is_well_formed(string text, string scheme, string? host, int port)
    {
        var address = ListenAddress.Parse(text, out var fault);
        Assert.Equal("", fault);
        Assert.Equal((scheme, host, port), (address!.Scheme, address.Host?.ToString(), address.Port));
    }

    [Theory]
    [InlineData("http://example.com:80")]
    [InlineData("http://localhost:4000/path")]
    [InlineData("localhost:4000")]
    [InlineData("unix:relative.sock")]
    [InlineData("")]
    public void Listen_address_is_refused_when_it_cannot_be_listened_on(string text)
    {
        Assert.Null(ListenAddress.Parse(text, out var fault));
        Assert.NotEqual("", fault);
    }

    [Fact]
    public void Database_address_becomes_a_connection_string_when_it_is_a_uri()
    {
        var text = Read(("SLUICE_DATABASE", "postgres://me:p%40ss@db.internal:5433/sluice")).Value.Database;
        var built = new Npgsql.NpgsqlConnectionStringBuilder(text);
        Assert.Equal(("db.internal", 5433, "sluice", "me", "p@ss"), (built.Host, built.Port, built.Database, built.Username, built.Password));
    }

    [Theory]
    [InlineData("?sslmode=verify-full&application_name=a", Npgsql.SslMode.VerifyFull)]
    [InlineData("?sslmode=require", Npgsql.SslMode.Require)]
    [InlineData("", Npgsql.SslMode.Prefer)]
    public void Database_address_says_how_it_is_guarded(string query, Npgsql.SslMode expected)
    {
        var text = Read(("SLUICE_DATABASE", $"postgres://me@db.internal/sluice{query}")).Value.Database!;
        Assert.Equal(expected, new Npgsql.NpgsqlConnectionStringBuilder(text).SslMode);
        Assert.Equal(expected == Npgsql.SslMode.VerifyFull, DatabaseAddress.IsGuarded(text));
    }

    [Fact]
    public void Database_address_is_refused_when_its_guard_is_misspelt() => Assert.Contains(
        "sslmode 'verifyfull'",
        Assert.Single(Read(("SLUICE_DATABASE", "postgres://me@db/sluice?sslmode=verifyfull")).Refusal!.Details!),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("Host=/run/postgresql", true)]
    [InlineData("Host=127.0.0.1", true)]
    [InlineData("Host=localhost", true)]
    [InlineData("Host=db.internal", false)]
    [InlineData("Host=db.internal;SSL Mode=Require", false)]
    [InlineData("Host=localhost,db.internal", false)]
    [InlineData("Host=db.internal;SSL Mode=VerifyFull", true)]
    public void Database_is_guarded_here_and_by_its_certificate(string text, bool expected) =>
        Assert.Equal(expected, DatabaseAddress.IsGuarded(text));

    [Fact]
    public void Programs_of_the_database_are_guarded_like_the_connection()
    {
        var to = new Npgsql.NpgsqlConnectionStringBuilder("Host=db;SSL Mode=VerifyFull;Root Certificate=/ca.pem;SSL Certificate=/me.pem");
        Assert.Equal(
            [("PGSSLMODE", "verify-full"), ("PGSSLCERT", "/me.pem"), ("PGSSLROOTCERT", "/ca.pem")], DatabaseAddress.ForPrograms(to));
    }

    private static Sluice.Kernel.Result<HostSettings> Read(params (string Name, string Value)[] environment) =>
        HostSettings.Read(SluiceConfiguration.From(Environment(environment)), terminal: false);

    private static Hashtable Environment(params (string Name, string Value)[] environment)
    {
        var table = new Hashtable();
        foreach (var (name, value) in environment) table[name] = value;
        return table;
    }
}
