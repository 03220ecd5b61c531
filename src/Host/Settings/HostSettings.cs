using System.Globalization;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Host.Settings;

/// <summary>The host's own settings (docs/settings.md), read once at start and checked as a whole.</summary>
internal sealed record HostSettings
{
    public const string UrlsDefault = "http://localhost:4000";
    public const string DataDefault = "data";
    public const int SecretLengthMin = 16;
    public const int InternalTokenLengthMin = 32;

    /// <summary>Where to listen. <c>SLUICE_URLS</c>, separated by semicolons; default http://localhost:4000.</summary>
    public required IReadOnlyList<ListenAddress> Addresses { get; init; }

    /// <summary>
    /// Full path of the folder with journal, key ring and private database. <c>SLUICE_DATA</c>; default ./data.
    /// </summary>
    public required string DataDirectory { get; init; }

    /// <summary>Connection string of an outside PostgreSQL; null runs a private one. <c>SLUICE_DATABASE</c>.</summary>
    public string? Database { get; init; }

    /// <summary>What this process does. <c>SLUICE_ROLES</c>; default all.</summary>
    public Roles Roles { get; init; } = Roles.All;

    /// <summary>Where clients reach this installation. <c>SLUICE_PUBLIC_URL</c>; default: the first listener.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>PEM file with the certificate and its chain. <c>SLUICE_TLS_CERT</c>.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>PEM file with the private key. <c>SLUICE_TLS_KEY</c>.</summary>
    public string? TlsKey { get; init; }

    /// <summary>Bearer token that opens /metrics from elsewhere; null: loopback only. <c>SLUICE_METRICS_TOKEN</c>.</summary>
    public string? MetricsToken { get; init; }

    /// <summary>
    /// Shared by the processes of one installation for /internal; null: a private one. <c>SLUICE_INTERNAL_TOKEN</c>.
    /// </summary>
    public string? InternalToken { get; init; }

    /// <summary>Where the other processes of the installation reach this one. <c>SLUICE_INTERNAL_URL</c>; default none.</summary>
    public string? InternalUrl { get; init; }

    /// <summary>Who becomes operator once the address is proved. <c>SLUICE_BOOTSTRAP_OPERATOR_EMAIL</c>; default none.</summary>
    public string? BootstrapOperatorEmail { get; init; }

    /// <summary>Who becomes platform viewer once it is proved. <c>SLUICE_BOOTSTRAP_VIEWER_EMAIL</c>; default none.</summary>
    public string? BootstrapViewerEmail { get; init; }

    /// <summary>
    /// What the accounts of the two begin with. <c>SLUICE_BOOTSTRAP_PASSWORD</c>, better <c>…_FILE</c>; default no account.
    /// </summary>
    public string? BootstrapPassword { get; init; }

    /// <summary>The longest wait for calls in flight when told to stop. <c>SLUICE_DRAIN_SECONDS</c>; default 30.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long it goes on taking calls after it turned not ready. <c>SLUICE_DRAIN_DELAY_SECONDS</c>; default 0.
    /// </summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>
    /// Open connections at once, after which new ones are closed. <c>SLUICE_CONNECTIONS_MAX</c>; default 20000.
    /// </summary>
    public long ConnectionsMax { get; init; } = 20_000;

    /// <summary>Whether logs are JSON lines. <c>SLUICE_LOG</c>: json, text, or auto (text on a terminal); default auto.</summary>
    public bool LogJson { get; init; }

    /// <summary>The least level that is logged. <c>SLUICE_LOG_LEVEL</c>; default information.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>
    /// Whether what follows a socket's completion runs on the thread that saw it (inline), or on the thread pool (pool).
    /// Inline costs about a quarter less per call. <c>SLUICE_SOCKETS</c>; default inline.
    /// </summary>
    public bool InlineSockets { get; init; } = true;

    /// <summary>
    /// Between two calls that the demo makes by itself; zero makes none. <c>SLUICE_DEMO_CALL_SECONDS</c>; default 5.
    /// </summary>
    public TimeSpan DemoPace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether the demo may listen to other machines. <c>SLUICE_DEMO_OPEN</c>: true or false; default false.
    /// </summary>
    public bool DemoOpen { get; init; }

    public string JournalsDirectory => Path.Combine(DataDirectory, "journal");

    public string KeyRingDirectory => Path.Combine(DataDirectory, "keys");

    /// <summary>Names of all host settings without their prefix; the settings page is tested against it.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "URLS", "DATA", "DATABASE", "ROLES", "PUBLIC_URL", "TLS_CERT", "TLS_KEY", "METRICS_TOKEN", "INTERNAL_TOKEN",
        "INTERNAL_URL", "BOOTSTRAP_OPERATOR_EMAIL", "BOOTSTRAP_VIEWER_EMAIL", "BOOTSTRAP_PASSWORD", "DRAIN_SECONDS",
        "DRAIN_DELAY_SECONDS", "CONNECTIONS_MAX", "SOCKETS", "LOG", "LOG_LEVEL", "SERVER", "TOKEN", "DEMO_ANVIL",
        "DEMO_CALL_SECONDS", "DEMO_OPEN",
    ];

    /// <summary>Reads and checks everything; a refusal lists every fault.</summary>
    public static Result<HostSettings> Read(SluiceConfiguration configuration, bool terminal)
    {
        var reading = new Reading(configuration);
        var settings = new HostSettings
        {
            Addresses = reading.Addresses(),
            DataDirectory = Path.GetFullPath(configuration.Value("DATA") ?? DataDefault),
            Database = reading.Database(),
            Roles = reading.Roles(),
            PublicUrl = reading.Url("PUBLIC_URL"),
            TlsCertificate = reading.ExistingFile("TLS_CERT"),
            TlsKey = reading.ExistingFile("TLS_KEY"),
            MetricsToken = reading.Secret("METRICS_TOKEN"),
            InternalToken = reading.Secret("INTERNAL_TOKEN", InternalTokenLengthMin),
            InternalUrl = reading.Url("INTERNAL_URL")?.ToString(),
            BootstrapOperatorEmail = configuration.Value("BOOTSTRAP_OPERATOR_EMAIL"),
            BootstrapViewerEmail = configuration.Value("BOOTSTRAP_VIEWER_EMAIL"),
            BootstrapPassword = configuration.Value("BOOTSTRAP_PASSWORD"),
            Drain = TimeSpan.FromSeconds(reading.Number("DRAIN_SECONDS", 30, 0, 3600)),
            DrainDelay = TimeSpan.FromSeconds(reading.Number("DRAIN_DELAY_SECONDS", 0, 0, 600)),
            DemoOpen = reading.OneOf("DEMO_OPEN", "false", ["true", "false"]) == "true",
            DemoPace = TimeSpan.FromSeconds(reading.Number("DEMO_CALL_SECONDS", 5, 0, 3600)),
            ConnectionsMax = reading.Number("CONNECTIONS_MAX", 20_000, 1, 1_000_000),
            LogJson = reading.OneOf("LOG", "auto", ["auto", "json", "text"]) switch
            {
                "json" => true,
                "text" => false,
                _ => !terminal,
            },
            LogLevel = reading.Level(),
            InlineSockets = reading.OneOf("SOCKETS", "inline", ["inline", "pool"]) == "inline",
        };
        reading.CheckTls(settings);
        return reading.Faults.Count == 0
            ? settings
            : Refusal.Invalid("host.settings-invalid", "The settings cannot be used.", reading.Faults);
    }

    private sealed class Reading(SluiceConfiguration configuration)
    {
        private static readonly string[] GuessableSecrets =
            ["changeme", "change-me", "password", "secret", "default", "example", "sluice", "token", "test", "12345678"];

        public List<string> Faults { get; } = [.. configuration.Faults];

        public List<ListenAddress> Addresses()
        {
            List<ListenAddress> addresses = [];
            var text = configuration.Value("URLS") ?? UrlsDefault;
            foreach (var one in text.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (ListenAddress.Parse(one, out var fault) is { } address) addresses.Add(address);
                else Faults.Add($"SLUICE_URLS: {fault}");
            }
            if (addresses.Count == 0 && Faults.Count == 0) Faults.Add("SLUICE_URLS names no address.");
            return addresses;
        }

        public string? Database()
        {
            if (configuration.Value("DATABASE") is not { } text) return null;
            if (text.StartsWith("postgres://", StringComparison.Ordinal)
                || text.StartsWith("postgresql://", StringComparison.Ordinal))
                return FromUri(text);
            try
            {
                _ = new NpgsqlConnectionStringBuilder(text);
                return text;
            }
            catch (ArgumentException error)
            {
                Faults.Add($"SLUICE_DATABASE is no connection string (Host=…;Database=…;Username=…): {error.Message}");
                return null;
            }
        }

        private string? FromUri(string text)
        {
            if (DatabaseAddress.FromUri(text, out var fault) is { } connection) return connection;
            Faults.Add($"SLUICE_DATABASE {fault}");
            return null;
        }

        public Roles Roles()
        {
            if (configuration.Value("ROLES") is not { } text) return Settings.Roles.All;
            if (RoleNames.Parse(text, out var fault) is { } roles) return roles;
            Faults.Add($"SLUICE_ROLES: {fault}");
            return Settings.Roles.All;
        }

        public Uri? Url(string name)
        {
            if (configuration.Value(name) is not { } text) return null;
            if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https") return uri;
            Faults.Add($"SLUICE_{name} must be an http or https address.");
            return null;
        }

        public string? ExistingFile(string name)
        {
            if (configuration.Value(name) is not { } path) return null;
            if (File.Exists(path)) return Path.GetFullPath(path);
            Faults.Add($"SLUICE_{name} names {path}, which does not exist.");
            return null;
        }

        public string? Secret(string name, int lengthMin = SecretLengthMin)
        {
            if (configuration.Value(name) is not { } text) return null;
            if (text.Length < lengthMin)
                Faults.Add($"SLUICE_{name} is shorter than {lengthMin} characters: use a random one (openssl rand -hex 24).");
            else if (Guessable(text))
                Faults.Add($"SLUICE_{name} can be guessed: use a random one (openssl rand -hex 24).");
            return text;
        }

        // A word repeated, or padded with digits and dashes, is still the word.
        private static bool Guessable(string text)
        {
            if (text.Distinct().Count() < 6) return true;
            var rest = text.ToLowerInvariant();
            foreach (var word in GuessableSecrets) rest = rest.Replace(word, "", StringComparison.Ordinal);
            return rest.Count(char.IsAsciiLetterOrDigit) < SecretLengthMin / 2;
        }

        public long Number(string name, long otherwise, long least, long most)
        {
            if (configuration.Value(name) is not { } text) return otherwise;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number >= least && number <= most) return number;
            Faults.Add($"SLUICE_{name} is '{text}': use a whole number from {least} to {most}.");
            return otherwise;
        }

        public string OneOf(string name, string otherwise, string[] allowed)
        {
            var text = configuration.Value(name)?.ToLowerInvariant() ?? otherwise;
            if (allowed.Contains(text, StringComparer.Ordinal)) return text;
            Faults.Add($"SLUICE_{name} is '{text}': use one of {string.Join(", ", allowed)}.");
            return otherwise;
        }

        public LogLevel Level() =>
            OneOf("LOG_LEVEL", "information", ["trace", "debug", "information", "warning", "error"]) switch
            {
                "trace" => LogLevel.Trace,
                "debug" => LogLevel.Debug,
                "warning" => LogLevel.Warning,
                "error" => LogLevel.Error,
                _ => LogLevel.Information,
            };

        public void CheckTls(HostSettings settings)
        {
            var certificate = configuration.Value("TLS_CERT") is not null;
            var key = configuration.Value("TLS_KEY") is not null;
            if (certificate != key) Faults.Add("SLUICE_TLS_CERT and SLUICE_TLS_KEY belong together: set both or none.");
            if (settings.Addresses.Any(address => address.IsTls) && !certificate)
                Faults.Add("SLUICE_URLS has an https address: set SLUICE_TLS_CERT and SLUICE_TLS_KEY to PEM files.");
        }
    }
}
