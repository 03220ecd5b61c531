using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Audit.Inside.Routes;

/// <summary>
/// <c>POST /audit/verify</c>: one pass over the whole trail; with <c>{number, hash}</c> of an event that was seen earlier
/// it must still be there.
/// </summary>
internal static class VerifyTrail
{
    private const int HashDigits = 64;

    public static async Task<IResult> Handle(HttpContext http, IAuditTrail trail, CancellationToken ct)
    {
        Witness? witness = null;
        if (await Bodies.IsThere(http, ct))
        {
            var read = await Bodies.Read(http, Read, ct);
            if (!read.Ok) return Http.Problem(read.Refusal);
            witness = read.Value;
        }
        return Results.Json(await trail.Verify(witness, ct), Http.Json);
    }

    private static Witness? Read(ObjectAt at)
    {
        if (!at.Has("number") && !at.Has("hash")) return null;
        if (!at.Has("number")) at.Faults.Add("number", "is missing. Give the number of the event that has this hash.");
        var number = at.Whole("number", 1, long.MaxValue, 1);
        var hash = at.Text("hash", HashDigits, required: true);
        if (hash is not null && (hash.Length != HashDigits || !hash.All(char.IsAsciiHexDigitLower)))
            at.Faults.Add("hash", $"must be {HashDigits} lower hexadecimal digits.");
        return new Witness(number, hash ?? "");
    }
}
