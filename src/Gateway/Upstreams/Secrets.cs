using System.Text;
using Sluice.Gateway.Snapshot;

namespace Sluice.Gateway.Upstreams;

/// <summary>
/// The parts of an upstream's address and headers that may be credentials: everything long enough to be one. A node that
/// tells them in an error is not passed on.
/// </summary>
internal sealed class Secrets
{
    private const int LengthMin = 12;

    private readonly byte[][] _all;

    public Secrets(UpstreamConfig config)
    {
        var url = config.Url;
        var parts = url.AbsolutePath.Split('/')
            .Concat(url.Query.Split('?', '&', '='))
            .Concat(url.UserInfo.Split(':'))
            .Concat(config.SocketUrl.AbsolutePath.Split('/'))
            .Concat(config.SocketUrl.Query.Split('?', '&', '='))
            .Concat(config.Headers.SelectMany(header => header.Value.Split(' ')));
        _all = [.. parts.SelectMany(Spellings).Where(part => part.Length >= LengthMin).Distinct().Select(Encoding.UTF8.GetBytes)];
    }

    public bool AreIn(ReadOnlySpan<byte> text)
    {
        foreach (var secret in _all)
            if (text.IndexOf(secret) >= 0) return true;
        return false;
    }

    private static IEnumerable<string> Spellings(string part) => [part, Uri.UnescapeDataString(part)];
}
