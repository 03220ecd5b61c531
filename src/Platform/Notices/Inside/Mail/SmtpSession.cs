using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>
/// One conversation with an SMTP server (RFC 5321). Every answer has a longest time and a largest size; TLS is what was
/// asked for or the conversation ends.
/// </summary>
internal sealed class SmtpSession(MailOptions options, X509Certificate2Collection? authorities, TimeProvider time)
    : IAsyncDisposable
{
    private const int LineBytesMax = 2000;
    private const int LinesMax = 100;
    private const int SaidMax = 400;

    private readonly byte[] _buffer = new byte[4096];
    private Stream? _stream;
    private int _begin;
    private int _end;

    /// <summary>What the server said that it can do, in capitals.</summary>
    public IReadOnlyList<string> Abilities { get; private set; } = [];

    public bool IsSecure => _stream is SslStream;

    public int Port => options.Port != 0 ? options.Port : options.Tls switch
    {
        MailTls.StartTls => 587,
        MailTls.Implicit => 465,
        _ => 25,
    };

    /// <summary>Connects, protects the connection as set, and greets.</summary>
    public async Task Open(string greeting, CancellationToken ct)
    {
        await Limited("connect", async limit =>
        {
            var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await client.ConnectAsync(options.Host, Port, limit);
                _stream = new NetworkStream(client, ownsSocket: true);
            }
            catch
            {
                client.Dispose();
                throw;
            }
        }, ct);
        if (options.Tls == MailTls.Implicit) await Protect(ct);
        await Expect("the greeting", 220, ct);
        await Greet(greeting, ct);
        if (options.Tls != MailTls.StartTls) return;
        if (!Can("STARTTLS")) throw Fault("The server does not offer STARTTLS, so nothing was sent to it.");
        await Say("STARTTLS", 220, ct);
        // What came in clear after the answer was put there by somebody else.
        if (_begin != _end) throw Fault("The server said more than it was asked before TLS began.");
        await Protect(ct);
        await Greet(greeting, ct);
    }

    public bool Can(string ability) => Abilities.Any(
        one => one == ability || one.StartsWith(ability + " ", StringComparison.Ordinal));

    /// <summary>Says a line and takes the answer, which must have this code, or the other one.</summary>
    public async Task<string> Say(string line, int expected, CancellationToken ct, string? shown = null, int? also = null)
    {
        await Write(Encoding.UTF8.GetBytes(line + "\r\n"), ct);
        return await Expect(shown ?? line.Split(' ', ':')[0], expected, ct, also);
    }

    /// <summary>Sends the mail itself, dots doubled (RFC 5321, 4.5.2).</summary>
    public async Task Data(byte[] mail, CancellationToken ct)
    {
        await Say("DATA", 354, ct);
        await Write(Stuffed(mail), ct);
        await Expect("the mail", 250, ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null) await _stream.DisposeAsync();
    }

    /// <summary>The mail as DATA wants it: a dot at the begin of a line doubled, and the end marked.</summary>
    public static byte[] Stuffed(ReadOnlySpan<byte> mail)
    {
        var made = new MemoryStream(mail.Length + 64);
        var fresh = true;
        foreach (var one in mail)
        {
            if (fresh && one == (byte)'.') made.WriteByte((byte)'.');
            made.WriteByte(one);
            fresh = one == (byte)'\n';
        }
        if (!fresh) made.Write("\r\n"u8);
        made.Write(".\r\n"u8);
        return made.ToArray();
    }

    private async Task Greet(string greeting, CancellationToken ct)
    {
        var said = await Say($"EHLO {greeting}", 250, ct);
        Abilities = [.. said.Split('\n').Skip(1).Select(line => line.Trim().ToUpperInvariant())];
    }

    private async Task Protect(CancellationToken ct)
    {
        var secure = new SslStream(_stream!, leaveInnerStreamOpen: false);
        _stream = secure;
        var wanted = new SslClientAuthenticationOptions { TargetHost = options.Host };
        if (authorities is not null)
        {
            wanted.CertificateChainPolicy = new X509ChainPolicy
            {
                RevocationMode = X509RevocationMode.NoCheck,
                TrustMode = X509ChainTrustMode.CustomRootTrust,
            };
            wanted.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }
        await Limited("TLS", limit => secure.AuthenticateAsClientAsync(wanted, limit), ct);
    }

    private async Task<string> Expect(string what, int expected, CancellationToken ct, int? also = null)
    {
        var (code, said) = await Reply(what, ct);
        if (code == expected || code == also) return said;
        throw new MailRefusedException($"To {what} the server answered {code} {Shown(said)}") { Code = code };
    }

    private async Task<(int Code, string Said)> Reply(string what, CancellationToken ct)
    {
        var said = new StringBuilder();
        for (var lines = 0; lines < LinesMax; lines++)
        {
            var line = await Line(what, ct);
            if (line.Length < 3
                || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code))
                throw Fault($"To {what} came what is no answer of an SMTP server.");
            if (lines > 0) said.Append('\n');
            if (line.Length > 4) said.Append(line, 4, line.Length - 4);
            if (line.Length == 3 || line[3] == ' ') return (code, said.ToString());
            if (line[3] != '-') throw Fault($"To {what} came what is no answer of an SMTP server.");
        }
        throw Fault($"To {what} the server answered more than {LinesMax} lines.");
    }

    private async Task<string> Line(string what, CancellationToken ct)
    {
        var line = new List<byte>(120);
        while (true)
        {
            if (_begin == _end)
            {
                var read = 0;
                await Limited(what, async limit => read = await _stream!.ReadAsync(_buffer, limit), ct);
                if (read == 0) throw Fault($"The server hung up before it answered to {what}.");
                (_begin, _end) = (0, read);
            }
            var one = _buffer[_begin++];
            if (one == (byte)'\n') return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            if (line.Count == LineBytesMax)
                throw Fault($"To {what} the server answered a line of more than {LineBytesMax} bytes.");
            line.Add(one);
        }
    }

    private Task Write(byte[] bytes, CancellationToken ct) =>
        Limited("what was sent", limit => _stream!.WriteAsync(bytes, limit).AsTask(), ct);

    private async Task Limited(string what, Func<CancellationToken, Task> step, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(options.TimeoutMs), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            await step(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw Fault($"The server did not answer to {what} within {options.TimeoutMs} ms.");
        }
        catch (AuthenticationException fault)
        {
            throw new MailRefusedException($"The server's certificate is not accepted: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            throw new MailRefusedException($"{options.Host}:{Port} is not reached ({what}): {fault.Message}", fault);
        }
    }

    // Shown to operators: on one line and of bounded length.
    private static string Shown(string said)
    {
        var line = string.Concat(said.Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length > SaidMax ? line[..SaidMax] + "…" : line;
    }

    private static MailRefusedException Fault(string message) => new(message);
}
