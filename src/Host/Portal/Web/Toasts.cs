using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Sluice.Host.Portal.Web;

/// <summary>What happened, in one sentence, said on the page that follows.</summary>
public sealed record Toast(ToastKind Kind, string Text);

public enum ToastKind
{
    Done,
    Failed,
}

/// <summary>
/// Carries a toast over the redirect after a form, in a cookie that nobody else can make and that is read once.
/// </summary>
internal sealed class Toasts(IDataProtectionProvider protection)
{
    public const string Cookie = "__Host-sluice-toast";

    private const int LengthMax = 300;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(2);

    private readonly ITimeLimitedDataProtector _protector =
        protection.CreateProtector("portal.toast").ToTimeLimitedDataProtector();

    public void Say(HttpContext http, ToastKind kind, string text)
    {
        var said = text.Length > LengthMax ? text[..LengthMax] : text;
        http.Response.Cookies.Append(
            Cookie, _protector.Protect($"{(int)kind}{said}", Kept), PortalCookies.Options(Kept));
    }

    /// <summary>The toast of the request before, taken away with the answer.</summary>
    public Toast? Take(HttpContext http)
    {
        if (!http.Request.Cookies.TryGetValue(Cookie, out var box)) return null;
        http.Response.Cookies.Delete(Cookie, PortalCookies.Options(null));
        try
        {
            var text = _protector.Unprotect(box);
            return new Toast(text[0] == '1' ? ToastKind.Failed : ToastKind.Done, text[1..]);
        }
        catch (CryptographicException)
        {
            return null; // Too old, or not ours: nothing to say.
        }
    }
}
