using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Sluice.Host.Serving;

/// <summary>Who may see what is not for everybody.</summary>
internal static class Callers
{
    /// <summary>
    /// Whether the request comes from this machine itself. One that a proxy passed on does not, even where the proxy
    /// runs on this machine.
    /// </summary>
    public static bool IsLocal(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (headers.ContainsKey("Forwarded") || headers.ContainsKey("X-Forwarded-For")
            || headers.ContainsKey("X-Real-IP"))
            return false;
        var peer = http.Connection.RemoteIpAddress;
        return peer is null || IPAddress.IsLoopback(peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer);
    }

    /// <summary>
    /// Whether it comes from this machine and asked for this machine by name: not through a proxy that says nothing of
    /// itself, and not from the page of somebody whose name was made to lead here.
    /// </summary>
    public static bool IsHere(HttpContext http) => IsLocal(http) && Portal.Web.PortalGate.IsLoopback(http.Request.Host.Host);

    /// <summary>Whether the request carries the token as its bearer token, compared in constant time.</summary>
    public static bool HasToken(HttpContext http, string? token)
    {
        if (token is null) return false;
        var text = http.Request.Headers[HeaderNames.Authorization].ToString();
        const string scheme = "Bearer ";
        if (!text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return false;
        // Hashes have one length, so that the comparison tells nothing about the token's.
        return CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(text[scheme.Length..].Trim())),
            SHA256.HashData(Encoding.UTF8.GetBytes(token)));
    }
}
