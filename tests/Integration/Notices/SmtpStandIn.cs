using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sluice.Integration.Notices;

/// <summary>
/// An SMTP server that keeps state: commands out of order, mails without recipient and sign-ins in clear are refused as by
/// the real ones. <see cref="Misbehave"/> decides what it does instead.
/// </summary>
internal sealed class SmtpStandIn : IAsyncDisposable
{
    /// <summary>As an answer: hang up.</summary>
    public const string Drop = "drop";
    /// <summary>As an answer: say nothing any more.</summary>
    public const string Hang = "hang";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2? _certificate;
    private readonly bool _implicit;
    private readonly Task _accepting;

    private SmtpStandIn(X509Certificate2? certificate, bool implicitTls)
    {
        _certificate = certificate;
        _implicit = implicitTls;
        _listener.Start();
        _accepting = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<ReceivedMail> Received { get; } = [];

    public ConcurrentQueue<string> Commands { get; } = [];

    /// <summary>Gets the command in capitals, or "GREETING" and "MAIL-DATA"; the answer in place of the usual one, or null.</summary>
    public Func<string, string?> Misbehave { get; set; } = _ => null;

    public List<string> Abilities { get; } = ["SIZE 1000000", "8BITMIME", "SMTPUTF8"];

    public (string User, string Password)? Account { get; set; }

    public string Ways { get; set; } = "PLAIN LOGIN";

    public static SmtpStandIn Start(X509Certificate2? certificate = null, bool implicitTls = false) => new(certificate, implicitTls);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
        _certificate?.Dispose();
    }

    private async Task Accept()
    {
        List<Task> open = [];
        try
        {
            while (true) open.Add(Serve(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var _ = client;
        try
        {
            await using var conversation = new Conversation(this, client.GetStream());
            await conversation.Run(_stop.Token);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client left, or did not like the certificate, or the test is over.
        }
    }

    private sealed class Conversation(SmtpStandIn server, Stream plain) : IAsyncDisposable
    {
        private Stream _stream = plain;
        private bool _secure;
        private bool _greeted;
        private string? _user;
        private string? _from;
        private string? _to;

        public async Task Run(CancellationToken ct)
        {
            if (server._implicit) await Protect(ct);
            if (!await Answer("GREETING", "220 stand-in.example ready", ct)) return;
            while (await Line(ct) is { } line)
            {
                server.Commands.Enqueue(line);
                var verb = line.Split(' ', ':')[0].ToUpperInvariant();
                if (verb == "STARTTLS" && server._certificate is not null && !_secure)
                {
                    if (!await Answer(line.ToUpperInvariant(), "220 go ahead", ct)) return;
                    await Protect(ct);
                    (_greeted, _from, _to) = (false, null, null);
                    continue;
                }
                if (verb == "DATA" && _to is not null)
                {
                    if (!await Answer("DATA", "354 go on", ct)) return;
                    if (await Mail(ct) is not { } mail) return;
                    if (!await Answer("MAIL-DATA", "250 taken", ct, () => server.Received.Enqueue(
                        new ReceivedMail(_from!, _to!, mail, _secure, _user)))) return;
                    (_from, _to) = (null, null);
                    continue;
                }
                if (!await Answer(line.ToUpperInvariant(), await Usual(verb, line, ct), ct) || verb == "QUIT") return;
            }
        }

        public ValueTask DisposeAsync() => _stream.DisposeAsync();

        private async Task<string> Usual(string verb, string line, CancellationToken ct)
        {
            switch (verb)
            {
                case "EHLO":
                    _greeted = true;
                    return Hello();
                case "AUTH":
                    return await SignIn(line, ct);
                case "MAIL" when !_greeted:
                    return "503 say EHLO first";
                case "MAIL" when server.Account is not null && _user is null:
                    return "530 sign in first";
                case "MAIL":
                    _from = Between(line);
                    return "250 ok";
                case "RCPT" when _from is null:
                    return "503 say MAIL first";
                case "RCPT":
                    _to = Between(line);
                    return "250 ok";
                case "DATA":
                    return "503 say RCPT first";
                case "QUIT":
                    return "221 bye";
                default:
                    return "502 not known here";
            }
        }

        private string Hello()
        {
            List<string> lines = ["stand-in.example", .. server.Abilities];
            if (server._certificate is not null && !_secure) lines.Add("STARTTLS");
            if (server.Account is not null) lines.Add($"AUTH {server.Ways}");
            return string.Join("\r\n", lines.Select((one, i) => $"250{(i == lines.Count - 1 ? ' ' : '-')}{one}"));
        }

        private async Task<string> SignIn(string line, CancellationToken ct)
        {
            if (server.Account is not { } account || (server._certificate is not null && !_secure)) return "538 not in clear";
            var parts = line.Split(' ');
            string user, password;
            if (parts[1] == "PLAIN")
            {
                var said = Text(parts[2]).Split('\0');
                (user, password) = (said[1], said[2]);
            }
            else
            {
                await Say("334 VXNlcm5hbWU6", ct);
                user = Text((await Line(ct))!);
                await Say("334 UGFzc3dvcmQ6", ct);
                password = Text((await Line(ct))!);
            }
            if ((user, password) != account) return "535 wrong";
            _user = user;
            return "235 welcome";
        }

        private async Task<bool> Answer(string command, string usual, CancellationToken ct, Action? done = null)
        {
            var said = server.Misbehave(command);
            if (said == Drop) return false;
            if (said == Hang) await Task.Delay(Timeout.Infinite, ct);
            if (said is null) done?.Invoke();
            await Say(said ?? usual, ct);
            return true;
        }

        private async Task Protect(CancellationToken ct)
        {
            var secure = new SslStream(_stream);
            _stream = secure;
            await secure.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = server._certificate }, ct);
            _secure = true;
        }

        // Byte by byte: what follows STARTTLS is not text.
        private async Task<string?> Line(CancellationToken ct)
        {
            List<byte> line = [];
            var one = new byte[1];
            while (await _stream.ReadAsync(one, ct) == 1)
            {
                if (one[0] == (byte)'\n') return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
                line.Add(one[0]);
            }
            return null;
        }

        // Null where the client went before the end of it.
        private async Task<string?> Mail(CancellationToken ct)
        {
            var mail = new StringBuilder();
            while (await Line(ct) is { } line)
            {
                if (line == ".") return mail.ToString();
                mail.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
            }
            return null;
        }

        private Task Say(string text, CancellationToken ct) =>
            _stream.WriteAsync(Encoding.UTF8.GetBytes(text + "\r\n"), ct).AsTask();

        private static string Between(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];

        private static string Text(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
    }
}

/// <summary>A mail as the server got it, dots taken back.</summary>
internal sealed record ReceivedMail(string From, string To, string Text, bool Secure, string? User);
