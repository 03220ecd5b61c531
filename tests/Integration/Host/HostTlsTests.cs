using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Host;

public sealed class HostTlsTests
{
    [Fact]
    public async Task Certificate_is_read_again_when_it_changes_and_open_connections_go_on()
    {
        using var folder = new TemporaryDirectory("tls");
        var certificate = Path.Combine(folder.Path, "cert.pem");
        var key = Path.Combine(folder.Path, "key.pem");
        Write("first.example", certificate, key);
        int plain = FreePort.Next(), tls = FreePort.Next();
        await using var sluice = await SluiceProcess.Start(new SluiceOptions
        {
            Port = plain,
            Environment = new Dictionary<string, string?>
            {
                ["SLUICE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{plain};https://127.0.0.1:{tls}"),
                ["SLUICE_TLS_CERT"] = certificate,
                ["SLUICE_TLS_KEY"] = key,
            },
        });
        await using var open = await Connect(tls);
        Assert.Equal("CN=first.example", open.RemoteCertificate?.Subject);

        // A certificate whose key is not there yet must not take the listener down.
        Write("second.example", certificate, Path.Combine(folder.Path, "late.pem"));
        await using (var between = await Connect(tls)) Assert.Equal("CN=first.example", between.RemoteCertificate?.Subject);
        File.Move(Path.Combine(folder.Path, "late.pem"), key, overwrite: true);

        await Until.True(
            async () =>
            {
                await using var now = await Connect(tls);
                return now.RemoteCertificate?.Subject == "CN=second.example";
            },
            "the new certificate is served");
        await open.WriteAsync(Encoding.ASCII.GetBytes("GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(open);
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private static void Write(string name, string certificatePath, string keyPath)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        File.WriteAllText(certificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
    }

    private static async Task<SslStream> Connect(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "first.example",
            // What is looked at is which certificate comes, not who signed it.
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        });
        return stream;
    }
}
