using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>
/// The providers that the settings name, and everything wrong with them, each with the variable that it stands in and the
/// fix. A variable that is none is a fault too: a misspelt one would be a way in that is not what was meant.
/// </summary>
internal sealed class ProviderSet
{
    public const string Section = "Providers";

    public static readonly IReadOnlyList<string> Names =
    [
        "KIND", "ISSUER", "CLIENTID", "CLIENTSECRET", "LABEL", "SCOPES", "TOKENAUTH", "SIGNUP", "STEPUP", "APIURL", "SKEWSECONDS",
        "TIMEOUTMS", "AUTHORITYFILE",
    ];

    private const string GitHub = "https://github.com";
    private const string Google = "https://accounts.google.com";
    private const int NameMax = 30;
    private const int LabelMax = 40;
    private const int TextMax = 2000;
    private const int IssuerMax = 400;

    private readonly List<ProviderSettings> _all = [];
    private readonly List<string> _faults = [];

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<ProviderSettings> All => _all;

    public IReadOnlyList<string> Faults => _faults;

    public void Read(IConfiguration section)
    {
        foreach (var provider in section.GetChildren().OrderBy(one => one.Key, StringComparer.OrdinalIgnoreCase))
        {
            var name = provider.Key.ToLowerInvariant();
            var reading = new Reading(name, provider, _faults);
            if (IsName(name)) _all.Add(reading.Settings());
            else _faults.Add(
                $"SLUICE_PROVIDERS__{provider.Key.ToUpperInvariant()}: the name of a provider is a word of at most {NameMax} "
                + "letters, digits and underscores that begins with a letter: it stands in addresses.");
        }
        foreach (var twins in _all.Where(one => one.Issuer.Length > 0).GroupBy(one => one.Issuer, StringComparer.Ordinal)
            .Where(group => group.Count() > 1))
        {
            _faults.Add(
                $"{string.Join(" and ", twins.Select(one => $"SLUICE_PROVIDERS__{one.Name.ToUpperInvariant()}"))} have one "
                + "issuer: keep one of them. People are known by issuer, not by name.");
        }
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= NameMax && char.IsAsciiLetter(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    /// <summary>The settings of one provider, read one by one.</summary>
    private sealed class Reading(string name, IConfigurationSection section, List<string> faults)
    {
        private string Prefix => $"SLUICE_PROVIDERS__{name.ToUpperInvariant()}__";

        public ProviderSettings Settings()
        {
            foreach (var child in section.GetChildren())
                if (!Names.Contains(child.Key, StringComparer.OrdinalIgnoreCase) || child.GetChildren().Any())
                    faults.Add($"{Prefix}{child.Key.ToUpperInvariant()} is no setting. There are {string.Join(", ", Names)}.");
            if (Value("KIND") is null && section.Value is { Length: > 0 })
                faults.Add($"{Prefix.TrimEnd('_')}: set {Prefix}ISSUER and its others in place of a value of this.");
            var kind = Of("KIND", ("openid", ProviderKind.OpenId), ("github", ProviderKind.GitHub)) ?? ProviderKind.OpenId;
            var issuer = Address("ISSUER", kind == ProviderKind.GitHub ? GitHub : null);
            if (kind == ProviderKind.GitHub) issuer = issuer.TrimEnd('/');
            return new ProviderSettings(name)
            {
                Kind = kind,
                Issuer = issuer,
                ClientId = Needed("CLIENTID", "as what this installation is registered there"),
                ClientSecret = Needed("CLIENTSECRET", "the secret of the registration; its file by CLIENTSECRET_FILE"),
                Label = Label(kind),
                Scopes = Scopes(kind),
                TokenAuth = Of("TOKENAUTH", ("basic", SecretSending.Basic), ("post", SecretSending.Post)),
                SignUp = Of<bool>("SIGNUP", ("true", true), ("false", false)) ?? true,
                StepUp = StepUp(kind, issuer),
                ApiUrl = ApiUrl(kind, issuer),
                SkewSeconds = Number("SKEWSECONDS", 60, 0, 300),
                TimeoutMs = Number("TIMEOUTMS", 5000, 100, 60_000),
                AuthorityFile = AuthorityFile(),
            };
        }

        private string? Value(string setting) =>
            section[setting] is { } text && text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

        private void Fault(string setting, string what) => faults.Add($"{Prefix}{setting} {what}");

        private string Needed(string setting, string what)
        {
            var value = Value(setting) ?? "";
            if (value.Length == 0) Fault(setting, $"is missing: {what}.");
            else if (value.Length > TextMax || value.Any(char.IsControl))
                Fault(setting, $"is no text of one line of at most {TextMax} characters.");
            return value;
        }

        private string Address(string setting, string? otherwise)
        {
            var value = Value(setting) ?? otherwise;
            if (value is null) Fault(setting, "is missing: the issuer, an https address exactly as its tokens name it.");
            else if (value.Length > IssuerMax || !ProviderAddress.IsHttps(value) || value.Contains('?', StringComparison.Ordinal))
                Fault(setting, $"is no https address of at most {IssuerMax} characters, without query, fragment and user.");
            return value ?? "";
        }

        private string Label(ProviderKind kind)
        {
            var label = Value("LABEL") ?? (kind == ProviderKind.GitHub ? "GitHub" : char.ToUpperInvariant(name[0]) + name[1..]);
            if (label.Length > LabelMax || Platform.Names.Fault(label) is not null)
                Fault("LABEL", $"is no text of at most {LabelMax} characters that can be seen: it stands on a button.");
            return label;
        }

        private string Scopes(ProviderKind kind)
        {
            var scopes = Value("SCOPES") ?? (kind == ProviderKind.GitHub ? "read:user user:email" : "openid email profile");
            var words = scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (scopes.Length > TextMax || !words.All(word => word.All(c => c is > ' ' and <= '~' and not '"' and not '\\')))
                Fault("SCOPES", "is no list of scopes with blanks between them.");
            else if (kind == ProviderKind.OpenId && !words.Contains("openid", StringComparer.Ordinal))
                Fault("SCOPES", "must name openid: without it the provider does not say who somebody is.");
            return string.Join(' ', words);
        }

        private bool StepUp(ProviderKind kind, string issuer)
        {
            var told = Of<bool>("STEPUP", ("true", true), ("false", false));
            if (told == true && kind == ProviderKind.GitHub)
                Fault("STEPUP", "cannot be true: GitHub asks nobody again who they are, and does not say when it did.");
            return told ?? (kind == ProviderKind.OpenId && issuer != Google);
        }

        private string ApiUrl(ProviderKind kind, string issuer)
        {
            if (kind == ProviderKind.GitHub)
                return Address("APIURL", issuer == GitHub ? "https://api.github.com" : issuer + "/api/v3").TrimEnd('/');
            if (Value("APIURL") is not null) Fault("APIURL", "is for KIND=github alone: discovery tells the rest of others.");
            return "";
        }

        private int Number(string setting, int otherwise, int least, int most)
        {
            if (Value(setting) is not { } text) return otherwise;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number >= least && number <= most) return number;
            Fault(setting, $"is no number from {least} to {most}.");
            return otherwise;
        }

        private T? Of<T>(string setting, params ReadOnlySpan<(string Word, T Meaning)> words) where T : struct
        {
            if (Value(setting) is not { } text) return null;
            var known = new List<string>();
            foreach (var (word, meaning) in words)
            {
                if (word.Equals(text, StringComparison.OrdinalIgnoreCase)) return meaning;
                known.Add(word);
            }
            Fault(setting, $"is neither {string.Join(" nor ", known)}.");
            return null;
        }

        private string? AuthorityFile()
        {
            if (Value("AUTHORITYFILE") is not { } file) return null;
            try
            {
                var read = new X509Certificate2Collection();
                read.ImportFromPemFile(file);
                if (read.Count > 0) return file;
                Fault("AUTHORITYFILE", $"names {file}, in which there is no certificate.");
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
            {
                Fault("AUTHORITYFILE", $"names {file}, which cannot be read: {fault.Message}");
            }
            return null;
        }
    }
}

/// <summary>Refuses to start with faulty settings of providers.</summary>
internal sealed class ProviderSetCheck : IValidateOptions<ProviderSet>
{
    public ValidateOptionsResult Validate(string? name, ProviderSet options) =>
        options.Faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(options.Faults);
}

/// <summary>Addresses of providers: https, and nothing in them that does not belong there.</summary>
internal static class ProviderAddress
{
    public static bool IsHttps(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.Host.Length > 0
        && url.UserInfo.Length == 0 && url.Fragment.Length == 0 && !text!.Contains('#', StringComparison.Ordinal);
}
