using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Host.Serving;

/// <summary>
/// The listener's certificate, read again when its files change. Open connections keep the one they began with; new
/// ones get the new one. A pair that cannot be read leaves the old one in place.
/// </summary>
internal sealed partial class TlsCertificate(string certificatePath, string keyPath, ILogger<TlsCertificate> log)
    : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private volatile SslStreamCertificateContext _current = Load(certificatePath, keyPath);
    private (DateTime, DateTime, long, long) _seen = Stamp(certificatePath, keyPath);

    public SslStreamCertificateContext Current => _current;

    /// <summary>Reads the files now, if they changed; whether a new certificate is in use.</summary>
    public bool Refresh()
    {
        try
        {
            var stamp = Stamp(certificatePath, keyPath);
            if (stamp == _seen) return false;
            _current = Load(certificatePath, keyPath);
            _seen = stamp;
            LogReloaded(certificatePath, _current.TargetCertificate.NotAfter);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or HostFault)
        {
            // The two files are rarely written at one moment: the next look finds both.
            LogKept(certificatePath, error.Message);
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Poll);
        while (await timer.WaitForNextTickAsync(stoppingToken)) Refresh();
    }

    private static SslStreamCertificateContext Load(string certificatePath, string keyPath)
    {
        try
        {
            var leaf = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificatePath);
            return SslStreamCertificateContext.Create(leaf, chain, offline: true);
        }
        catch (CryptographicException error)
        {
            throw new HostFault(
                $"SLUICE_TLS_CERT ({certificatePath}) and SLUICE_TLS_KEY ({keyPath}) cannot be used: {error.Message} " +
                "Both must be PEM, the key unencrypted and made for the first certificate of the file.");
        }
    }

    // Through symbolic links: orchestrators swap a link rather than write the file.
    private static (DateTime, DateTime, long, long) Stamp(string certificatePath, string keyPath)
    {
        var certificate = new FileInfo(
            File.ResolveLinkTarget(certificatePath, returnFinalTarget: true)?.FullName ?? certificatePath);
        var key = new FileInfo(File.ResolveLinkTarget(keyPath, returnFinalTarget: true)?.FullName ?? keyPath);
        return (certificate.LastWriteTimeUtc, key.LastWriteTimeUtc, certificate.Length, key.Length);
    }

    [LoggerMessage(20110, LogLevel.Information, "Certificate {Path} was read again; it ends {NotAfter:u}")]
    private partial void LogReloaded(string path, DateTime notAfter);

    [LoggerMessage(20111, LogLevel.Warning, "Certificate {Path} changed but cannot be read yet, the old one stays: {Reason}")]
    private partial void LogKept(string path, string reason);
}
