using System.Text;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Catalog.Inside;

/// <summary>Resolves the references of opened services, as the data plane needs them. Values never reach a message.</summary>
internal sealed class Resolver(IOptions<CatalogOptions> options)
{
    private const int FileBytesMax = 64 * 1024;

    /// <summary>The service with the upstreams that could be resolved; the others are told to <paramref name="gone"/>.</summary>
    public ServiceDefinition Resolve(ServiceDefinition service, Action<UpstreamOut> gone)
    {
        List<UpstreamDefinition> upstreams = [];
        foreach (var upstream in service.Upstreams)
        {
            try
            {
                upstreams.Add(Resolve(upstream));
            }
            catch (UnresolvedException e)
            {
                gone(new UpstreamOut(service.Name, upstream.Name, e.Message));
            }
        }
        return service with { Upstreams = upstreams };
    }

    /// <summary>Why a reference cannot be resolved now, with what to do; null when it can.</summary>
    public string? Fault(Reference reference)
    {
        try
        {
            Value(reference);
            return null;
        }
        catch (UnresolvedException e)
        {
            return e.Message;
        }
    }

    private UpstreamDefinition Resolve(UpstreamDefinition upstream)
    {
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in upstream.Headers)
        {
            var text = References.Replace(value, Value);
            if (text.Any(c => c is < ' ' or > '~'))
                throw new UnresolvedException($"The header {name} resolves to a text that no header may carry.");
            headers[name] = text;
        }
        return upstream with
        {
            Url = Url(upstream.Url, "url", ["http", "https"], headers),
            SocketUrl = upstream.SocketUrl is { } socket ? Url(socket, "socketUrl", ["ws", "wss"], headers) : null,
            Headers = headers,
        };
    }

    // User-info is no part of a request's address: it becomes the header that it stands for.
    private string Url(string written, string property, string[] schemes, Dictionary<string, string> headers)
    {
        var url = References.Replace(written, Value);
        if (UpstreamUrl.Form(url, schemes) is { } fault) throw new UnresolvedException($"The {property} {fault}");
        var uri = new Uri(url);
        if (uri.UserInfo.Length == 0) return url;
        headers.TryAdd(
            "Authorization",
            "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri.UserInfo))));
        return url.Replace(uri.UserInfo + "@", "", StringComparison.Ordinal);
    }

    private string Value(Reference reference)
    {
        var text = reference.Kind == ReferenceKind.Environment ? Variable(reference) : Contents(reference);
        text = text.Trim();
        return text.Length > 0 ? text : throw new UnresolvedException($"The {reference} is empty: give it a value.");
    }

    private static string Variable(Reference reference)
    {
        if (!References.Open(reference.Target))
            throw new UnresolvedException($"The {reference} is a setting of Sluice itself and not open to upstreams.");
        return Environment.GetEnvironmentVariable(reference.Target)
            ?? throw new UnresolvedException($"The {reference} is not set: set it for the process and start it again.");
    }

    private string Contents(Reference reference)
    {
        var path = Path.GetFullPath(reference.Target);
        var folders = options.Value.SecretFolders.Split(
            ':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (!folders.Any(folder => path.StartsWith(Path.GetFullPath(folder).TrimEnd('/') + "/", StringComparison.Ordinal)))
            throw new UnresolvedException(
                $"The {reference} is in no folder of SLUICE_CATALOG__SECRETFOLDERS ({options.Value.SecretFolders}): "
                + "add its folder there, or move the file.");
        try
        {
            if (new FileInfo(path).Length > FileBytesMax)
                throw new UnresolvedException($"The {reference} is larger than {FileBytesMax} bytes.");
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnresolvedException($"The {reference} cannot be read: create it, readable for the process.");
        }
    }

    private sealed class UnresolvedException(string message) : Exception(message);
}
