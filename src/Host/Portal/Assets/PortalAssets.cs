using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Sluice.Host.Portal.Assets;

/// <summary>
/// Style, script and icon, embedded in the program. The address of each names its content, so that a browser keeps it
/// for ever and never has an old one.
/// </summary>
public sealed class PortalAssets
{
    public const string Folder = "/assets/";

    private const string Resources = "assets/";
    private const int HashCharacters = 12;
    private const CompressionLevel Smallest = CompressionLevel.SmallestSize;
    private const string ForEver = "public, max-age=31536000, immutable";

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    private readonly Dictionary<string, Asset> _byAddress = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _addresses = new(StringComparer.Ordinal);

    public PortalAssets()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(Resources, StringComparison.Ordinal)) continue;
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var name = resource[Resources.Length..];
            var extension = Path.GetExtension(name);
            var hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..HashCharacters];
            var file = $"{Path.GetFileNameWithoutExtension(name)}.{hash}{extension}";
            _addresses[name] = Folder + file;
            _byAddress[file] = new Asset(bytes, Types[extension]);
        }
    }

    public string Style => Address("portal.css");

    public string Script => Address("portal.js");

    public string Icon => Address("icon.svg");

    /// <summary>The address of a file of the portal.</summary>
    public string Address(string name) => _addresses[name];

    /// <summary>Answers with a file, in the smallest coding that the client takes.</summary>
    public IResult Serve(HttpContext http, string file)
    {
        if (!_byAddress.TryGetValue(file, out var asset)) return Results.NotFound();
        var headers = http.Response.Headers;
        headers.CacheControl = ForEver;
        headers.Vary = HeaderNames.AcceptEncoding;
        var (coding, bytes) = asset.For(http.Request.Headers.AcceptEncoding.ToString());
        if (coding is not null) headers.ContentEncoding = coding;
        return Results.Bytes(bytes, asset.Type);
    }

    private sealed class Asset(byte[] bytes, string type)
    {
        // Compressed once, when the first browser asks: the smallest form takes a moment to find.
        private readonly Lazy<byte[]> _brotli = new(() => Packed(bytes, into => new BrotliStream(into, Smallest)));
        private readonly Lazy<byte[]> _gzip = new(() => Packed(bytes, into => new GZipStream(into, Smallest)));

        public string Type => type;

        public (string? Coding, byte[] Bytes) For(string accepted) =>
            Takes(accepted, "br") ? ("br", _brotli.Value)
            : Takes(accepted, "gzip") ? ("gzip", _gzip.Value)
            : (null, bytes);

        private static bool Takes(string accepted, string coding)
        {
            foreach (var part in accepted.Split(',', StringSplitOptions.TrimEntries))
            {
                var words = part.Split(';', StringSplitOptions.TrimEntries);
                if (words[0].Equals(coding, StringComparison.OrdinalIgnoreCase))
                    return words.Length < 2 || words[1] is not ("q=0" or "q=0.0" or "q=0.00" or "q=0.000");
            }
            return false;
        }

        private static byte[] Packed(byte[] bytes, Func<Stream, Stream> packing)
        {
            using var into = new MemoryStream();
            using (var stream = packing(into)) stream.Write(bytes);
            return into.ToArray();
        }
    }
}
