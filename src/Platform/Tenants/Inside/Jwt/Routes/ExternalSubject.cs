using Microsoft.AspNetCore.Http;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Jwt.Routes;

/// <summary><c>PUT</c> {subject} and <c>DELETE /users/{user}/external-subject</c></summary>
internal static class ExternalSubject
{
    public static async Task<IResult> Put(HttpContext http, string user, ExternalLinks links, CancellationToken ct)
    {
        if (!WireId.TryParse<UserId>(user, out var id)) return Http.Problem(UserRows.Unknown);
        var subject = await Bodies.Read(http, at => at.Text("subject", ExternalLinks.SubjectMax, required: true) ?? "", ct);
        if (!subject.Ok) return Http.Problem(subject.Refusal);
        return Http.Answer(await links.Link(id, subject.Value, Http.ActorOf(http), ct), _ => Results.NoContent());
    }

    public static async Task<IResult> Delete(HttpContext http, string user, ExternalLinks links, CancellationToken ct) =>
        WireId.TryParse<UserId>(user, out var id)
            ? Http.Answer(await links.Unlink(id, Http.ActorOf(http), ct), _ => Results.NoContent())
            : Http.Problem(UserRows.Unknown);
}
