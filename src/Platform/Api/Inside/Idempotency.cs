using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Api.Inside;

/// <summary>
/// Runs a creation once for one <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header): in a unit of work
/// that also holds its answer.
/// </summary>
internal static class Idempotency
{
    private const string Header = "Idempotency-Key";
    private const string Replayed = "Idempotency-Replayed";
    private const int KeyLengthMax = 200;
    private const int BodyBytesMax = 1 << 20;
    private static readonly TimeSpan BusyRetry = TimeSpan.FromSeconds(1);

    private static readonly Refusal Malformed = new(
        "api.idempotency-malformed",
        $"{Header} is one text of 1 to {KeyLengthMax} visible ASCII characters, another one for each thing that is made.", 400);

    private static readonly Refusal Reused = Refusal.Invalid(
        "api.idempotency-reused", $"This {Header} was used for another request: take a new one.");

    private static readonly Refusal Busy = new(
        "api.idempotency-busy", "The first request with this Idempotency-Key still runs: repeat it in a moment.", 409)
    {
        RetryAfter = BusyRetry,
    };

    private static readonly Refusal Lost = Refusal.Conflict(
        "api.idempotency-lost",
        "This was done, but its answer does not open any more: the key ring was changed. Look at what is there.");

    private static readonly Refusal Large = new("api.body-large", $"The body has at most {BodyBytesMax} bytes: send less.", 413);

    public static async ValueTask<object?> Run(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var given = http.Request.Headers[Header];
        if (given.Count == 0) return await next(context);
        if (given is not [{ Length: > 0 and <= KeyLengthMax } key] || key.Any(c => c is < '!' or > '~'))
            return Http.Problem(Malformed);
        var ct = http.RequestAborted;
        var body = await Bodies.Bytes(http, BodyBytesMax, Large, ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        var services = http.RequestServices;
        var gate = services.GetRequiredService<IdempotencyGate>().Places;
        await gate.WaitAsync(ct);
        try
        {
            await using var work = await services.GetRequiredService<IUnitsOfWork>().Begin(ct);
            return await Run(context, next, key, body.Value, work);
        }
        // The first request runs for longer than anybody should wait for it.
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return Http.Problem(Busy);
        }
        finally
        {
            gate.Release();
        }
    }

    private static async Task<object?> Run(
        EndpointFilterInvocationContext context, EndpointFilterDelegate next, string key, ReadOnlyMemory<byte> body,
        UnitOfWork work)
    {
        var http = context.HttpContext;
        var ct = http.RequestAborted;
        var answers = http.RequestServices.GetRequiredService<FirstAnswers>();
        var who = Http.ActorOf(http);
        var actor = who.Name;
        var fingerprint = Fingerprint(http.Request, body.Span, who);
        await work.Execute("SET LOCAL lock_timeout = '10s'", [], ct);
        if (await answers.Take(actor, key, fingerprint, work, ct) is { } first) return Repeat(http, first, fingerprint);

        http.Request.Body = new MemoryStream(body.ToArray(), writable: false);
        http.Features.Set(work);
        var answer = await Catch(http, await next(context));
        if (answer.Status >= 400) return new Told(answer);
        await answers.Keep(actor, key, answer, work, ct);
        await work.Commit(ct);
        return new Told(answer);
    }

    private static IResult Repeat(HttpContext http, FirstAnswer first, byte[] fingerprint)
    {
        if (!first.Fingerprint.AsSpan().SequenceEqual(fingerprint)) return Http.Problem(Reused);
        if (first.Body is null) return Http.Problem(Lost);
        http.Response.Headers[Replayed] = "true";
        return new Told(first);
    }

    /// <summary>What the result would have written, before anybody hears of it: it is told once it is committed.</summary>
    private static async Task<FirstAnswer> Catch(HttpContext http, object? result)
    {
        var body = http.Response.Body;
        using var written = new MemoryStream();
        http.Response.Body = written;
        try
        {
            if (result is IResult one) await one.ExecuteAsync(http);
            else throw new InvalidOperationException("An idempotent route answers with an IResult.");
        }
        finally
        {
            http.Response.Body = body;
        }
        return new FirstAnswer(
            [], http.Response.StatusCode, http.Response.ContentType, http.Response.Headers.Location, http.Response.Headers.ETag,
            written.ToArray());
    }

    private static byte[] Fingerprint(HttpRequest request, ReadOnlySpan<byte> body, Actor actor)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n{Rights(actor)}\n"));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    // A person has many ways in, and some may less than others: a repeat shows a secret only to whom it was shown at first,
    // as long as that one may what it might then.
    private static string Rights(Actor actor)
    {
        var scopes = actor.Scopes is null ? "*" : string.Join(',', actor.Scopes.Order());
        var places = actor.Memberships.OrderBy(place => place.Key.Value).Select(place => $"{place.Key}={place.Value}");
        return $"{actor.Token} {actor.Platform} {scopes} {string.Join(',', places)}";
    }

    private sealed class Told(FirstAnswer answer) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = answer.Status;
            response.ContentType = answer.ContentType;
            if (answer.Location is not null) response.Headers.Location = answer.Location;
            if (answer.Tag is not null) response.Headers.ETag = answer.Tag;
            await response.Body.WriteAsync(answer.Body, httpContext.RequestAborted);
        }
    }
}
