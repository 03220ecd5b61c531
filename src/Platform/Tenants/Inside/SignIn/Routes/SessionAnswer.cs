using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.SignIn.Routes;

/// <summary>What the answer to a sign-in says: all but the session's secret, which is in the cookie alone.</summary>
internal sealed record SessionAnswer(UserId User, SessionId Session, DateTimeOffset ExpiresAt)
{
    /// <summary>Sets the cookie, or tells why not.</summary>
    public static IResult Of(HttpContext http, Result<SignedIn> result, int status = StatusCodes.Status200OK) =>
        Http.Answer(result, begun =>
        {
            SessionCookie.Write(http, begun);
            return Results.Json(new SessionAnswer(begun.User, begun.Session, begun.ExpiresAt), Http.Json, statusCode: status);
        });
}

/// <summary>What signing in by password answers: a session, or the ticket of the second factor.</summary>
internal sealed record SignInAnswer(
    UserId? User, SessionId? Session, DateTimeOffset? ExpiresAt, SecondFactorTicket? SecondFactor);

/// <summary>Texts that somebody typed or carries and nobody else reads: bounded, and otherwise of any characters.</summary>
internal static class SecretFields
{
    private const int LengthMax = 1024;

    /// <summary>A text of a body; empty, with a fault, where it is missing or too long.</summary>
    public static string Secret(this ObjectAt at, string name)
    {
        if (at.Find(name) is null) at.Faults.Add(at.At(name), "is missing. Add it: a text.");
        return at.OptionalSecret(name) ?? "";
    }

    public static string? OptionalSecret(this ObjectAt at, string name)
    {
        if (at.Find(name) is not { } value || ObjectAt.TextOf(value, at.At(name), at.Faults) is not { } text) return null;
        if (text.Length is > 0 and <= LengthMax) return text;
        at.Faults.Add(at.At(name), text.Length == 0 ? "is empty. Write a text." : $"has more than {LengthMax} characters.");
        return null;
    }
}
