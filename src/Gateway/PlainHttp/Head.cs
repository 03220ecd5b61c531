using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Steps;

namespace Sluice.Gateway.PlainHttp;

/// <summary>Copies the headers that may pass, up and down.</summary>
internal static class Head
{
    private const int SecretLengthMin = 8;

    /// <summary>Visits each header of the client's that the upstream may see.</summary>
    public static void Up(Exchange x, Action<string, StringValues> add)
    {
        var headers = x.Http.Request.Headers;
        var connection = headers.Connection;
        var key = x.PathKey ?? Identify.KeyOf(headers);
        var keyInAuthorization = x.PathKey is null && CarriesKey(headers.Authorization);
        foreach (var (name, values) in headers)
        {
            if (HeaderNames.StaysBehindUp(name, connection)) continue;
            if (keyInAuthorization && name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)) continue;
            // A referring page's address may hold the key, and a client may repeat it anywhere.
            if (key is { Length: > 0 } && Contains(values, key)) continue;
            add(name, values);
        }
    }

    public static void Up(Exchange x, UpstreamConfig upstream, HttpRequestMessage request)
    {
        Up(x, (name, values) => Add(request, name, values));
        // RFC 9110, 10.1.4: the one coding that travels on, and gRPC insists on it.
        if (HeaderNames.Lists(x.Http.Request.Headers.TE, "trailers")) request.Headers.TryAddWithoutValidation("TE", "trailers");
        foreach (var (name, value) in upstream.Headers)
        {
            request.Headers.Remove(name);
            request.Content?.Headers.Remove(name);
            Add(request, name, value);
        }
    }

    /// <summary>Copies the upstream's headers, and puts the gateway's own beside them.</summary>
    public static void Down(Exchange x, UpstreamConfig upstream, HttpResponseMessage answer)
    {
        var connection = answer.Headers.NonValidated.TryGetValues("Connection", out var named) ? named.ToString() : "";
        var headers = x.Http.Response.Headers;
        foreach (var (name, values) in answer.Headers.NonValidated) Copy(name, values);
        foreach (var (name, values) in answer.Content.Headers.NonValidated) Copy(name, values);
        var vary = headers.Vary;
        Answers.Head(x);
        if (vary.Count > 0 && headers.Vary != vary) headers.Vary = StringValues.Concat(headers.Vary, vary);
        // What an upstream serves must not become a page with the rights of the gateway's own host name.
        headers.Append("Content-Security-Policy", "sandbox");

        void Copy(string name, System.Net.Http.Headers.HeaderStringValues values)
        {
            if (HeaderNames.StaysBehindDown(name, connection)) return;
            foreach (var value in values)
            {
                if (!MayPass(value, upstream)) continue;
                var shown = name.ToUpperInvariant() is "LOCATION" or "CONTENT-LOCATION"
                    ? Target.Location(value, upstream.Url, Gateway(x))
                    : value;
                if (shown is not null) headers.Append(name, shown);
            }
        }
    }

    /// <summary>Whether a value is free of the upstream's credentials and of what the wire cannot carry.</summary>
    public static bool MayPass(string value, UpstreamConfig upstream)
    {
        foreach (var letter in value)
            if (letter is (< ' ' or > '~') and not '\t') return false;
        foreach (var (_, secret) in upstream.Headers)
            if (secret.Length >= SecretLengthMin && value.Contains(secret, StringComparison.Ordinal)) return false;
        return true;
    }

    private static string Gateway(Exchange x) =>
        Target.Gateway(x.Http.Features.Get<IHttpRequestFeature>()!.RawTarget, x.Rest, x.Service!.Name);

    private static bool CarriesKey(StringValues authorization) =>
        authorization.Count != 1
        || authorization[0] is not { } value
        || value.StartsWith("slc_", StringComparison.Ordinal)
        || value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase);

    private static bool Contains(StringValues values, string key)
    {
        foreach (var value in values)
            if (value?.Contains(key, StringComparison.Ordinal) == true) return true;
        return false;
    }

    private static void Add(HttpRequestMessage request, string name, StringValues values)
    {
        if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
    }
}
