using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Tenants;

/// <summary>Hands an archive out as a file to keep, part by part, with its length.</summary>
public sealed class ArchiveResult(DataArchive archive) : IResult
{
    public const string ContentType = "application/zip";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = ContentType;
        response.ContentLength = archive.Bytes;
        response.Headers.ContentDisposition = $"attachment; filename=\"{archive.Name}\"";
        response.Headers.CacheControl = "no-store";
        await foreach (var part in archive.Parts.WithCancellation(httpContext.RequestAborted))
            await response.Body.WriteAsync(part, httpContext.RequestAborted);
    }
}
