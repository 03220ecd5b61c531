using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Jwt;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>
/// Speaks to one provider: over TLS, within a time and a size, by no detour, and not more at once than <see cref="AtOnceMax"/>.
/// Why something failed is for the log; codes, tokens and secrets are not.
/// </summary>
internal sealed partial class ProviderLine(ProviderSettings settings, ILogger log) : IDisposable
{
    private const int AtOnceMax = 16;

    private readonly SemaphoreSlim _free = new(AtOnceMax);
    private readonly Lazy<HttpClient> _http = new(() => OutsideClient.Make(settings.TimeoutMs, settings.AuthorityFile));

    public HttpClient Client => _http.Value;

    /// <summary>An answer in JSON; null where there was none, which is logged.</summary>
    /// <param name="what">What was asked for, for the log.</param>
    /// <param name="make">Makes the request.</param>
    /// <param name="ct">Ends with the browser's own request.</param>
    public async Task<JsonAnswer?> Ask(string what, Func<HttpRequestMessage> make, CancellationToken ct)
    {
        if (!await _free.WaitAsync(0, ct))
        {
            LogAway(settings.Name, what, "too many wait for it");
            return null;
        }
        try
        {
            using var request = make();
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            // Reads the whole answer, and so far only.
            using var answer = await Client.SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
            return new JsonAnswer(answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(ct));
        }
        // A time-out is a cancellation of the client's own; the browser's is its own affair.
        catch (Exception fault) when (
            fault is HttpRequestException or IOException || (fault is OperationCanceledException && !ct.IsCancellationRequested))
        {
            LogAway(settings.Name, what, fault.Message);
            return null;
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>The secret as the provider wants it (RFC 6749, 2.3.1).</summary>
    public void Authenticate(HttpRequestMessage request, List<KeyValuePair<string, string>> form, SecretSending way)
    {
        if (way == SecretSending.Basic)
        {
            var pair = $"{Uri.EscapeDataString(settings.ClientId)}:{Uri.EscapeDataString(settings.ClientSecret)}";
            request.Headers.Authorization =
                new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(pair)));
        }
        else
        {
            form.Add(new("client_id", settings.ClientId));
            form.Add(new("client_secret", settings.ClientSecret));
        }
        request.Content = new FormUrlEncodedContent(form);
    }

    /// <summary>What an answer's error means (RFC 6749, 4.1.2.1): the person stopped it, or the settings do not fit.</summary>
    public Result<Done> Judge(string? error)
    {
        if (error is null) return new Done();
        if (error == "access_denied") return ProviderRefusals.Denied(settings.Label);
        LogRefused(settings.Name, $"it sent the person back with {JsonAnswer.Told(error)}");
        return ProviderRefusals.Failed(settings.Label);
    }

    /// <summary>Tells the operator why something was not believed; <paramref name="why"/> holds nothing that was sent.</summary>
    public void Refused(string why) => LogRefused(settings.Name, why);

    public void Away(string why) => LogAway(settings.Name, "its keys", why);

    public void Dispose()
    {
        if (_http.IsValueCreated) _http.Value.Dispose();
        _free.Dispose();
    }

    [LoggerMessage(3201, LogLevel.Warning, "The provider {Provider} does not answer when asked for {What}: {Why}")]
    private partial void LogAway(string provider, string what, string why);

    [LoggerMessage(3202, LogLevel.Warning, "An answer of the provider {Provider} is not taken: {Why}")]
    private partial void LogRefused(string provider, string why);
}

internal sealed record JsonAnswer(HttpStatusCode Status, byte[] Body)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 12, AllowDuplicateProperties = false };

    public bool IsGood => Status == HttpStatusCode.OK;

    /// <summary>The members of the object that it is; null where it is none.</summary>
    public JwtClaims? Claims => JwtText.Object(Body) is { } read ? new JwtClaims(read) : null;

    /// <summary>Whatever JSON it is; null where it is none.</summary>
    public JsonElement? Any()
    {
        if (!System.Text.Unicode.Utf8.IsValid(Body)) return null;
        try
        {
            using var document = JsonDocument.Parse(Body, Strict);
            return document.RootElement.Clone();
        }
        // The second where half a surrogate pair stands in a name: valid JSON, and no text.
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Status and code of an OAuth error, for the log.</summary>
    public string Fault(string who) => $"{who} answers {(int)Status}: {Told(Claims?.Text("error"))}";

    /// <summary>The code of an error as far as a log may hold it.</summary>
    public static string Told(string? code) =>
        code is { Length: > 0 and <= 40 } && code.All(c => char.IsAsciiLetterLower(c) || c == '_')
            ? code
            : "no error with a code";
}
