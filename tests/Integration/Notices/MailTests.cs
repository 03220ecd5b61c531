using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Notices;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Notices;

/// <summary>Mails from the fact that wants them to the server, over a real database.</summary>
public sealed class MailTests(PostgresCluster postgres)
{
    private const string Link = "https://gateway.example/verify?token=slc_secret_part";

    [Fact]
    public async Task A_mail_that_is_wanted_arrives_and_leaves_nothing_of_its_link_behind()
    {
        await using var server = SmtpStandIn.Start();
        await using var rooms = await Open(server.Port);
        await rooms.Want("ada@example.org", MailTemplates.Verify, ("link", Link), ("expires", "2030-01-15T13:00:00Z"));
        await rooms.Start();
        await rooms.Until("SELECT count(*) FROM notices.mails WHERE state = 'sent'", 1, "the mail is sent");
        Assert.Contains("slc_secret_part", Assert.Single(server.Received).Text.Replace("=\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(0, await rooms.Host.Scalar("SELECT count(*) FROM notices.mails WHERE sealed IS NOT NULL"));
        Assert.Equal(0, await rooms.Host.Scalar("SELECT count(*) FROM jobs.outbox"));
        var mail = Assert.Single((await rooms.Get<IMail>().List(rooms.Operator)).Value);
        Assert.Equal((MailState.Sent, 1, null, null), (mail.State, mail.Attempts, mail.Text, mail.LastError));
    }

    [Fact]
    public async Task What_a_mail_says_stands_nowhere_in_clear_while_it_waits()
    {
        await using var rooms = await Open(port: 1);
        await rooms.Want("ada@example.org", MailTemplates.Reset, ("link", Link));
        await rooms.Start();
        await rooms.Until("SELECT count(*) FROM notices.mails WHERE last_error IS NOT NULL", 1, "it was tried");
        Assert.Equal(0, await rooms.Host.Scalar(
            "SELECT count(*) FROM notices.mails m WHERE m::text LIKE '%slc_secret_part%'"));
        Assert.Equal(1, await rooms.Host.Scalar("SELECT count(*) FROM notices.mails WHERE sealed IS NOT NULL"));
    }

    [Fact]
    public async Task A_mail_that_is_hindered_is_tried_again_until_it_arrives()
    {
        await using var server = SmtpStandIn.Start();
        var hindered = 3;
        server.Misbehave = said => said == "MAIL-DATA" && Interlocked.Decrement(ref hindered) >= 0 ? "451 later" : null;
        await using var rooms = await Open(server.Port);
        await rooms.Want("ada@example.org", MailTemplates.PasswordChanged);
        await rooms.Start();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await rooms.Until(
                $"SELECT count(*) FROM notices.mails WHERE attempts = {attempt} AND claimed_until IS NULL", 1, "an attempt ended");
            rooms.Time.Advance(TimeSpan.FromHours(1));
        }
        await rooms.Until("SELECT count(*) FROM notices.mails WHERE state = 'sent' AND attempts = 4", 1, "the mail is sent");
        Assert.Single(server.Received);
    }

    [Fact]
    public async Task A_mail_that_the_server_refuses_is_recorded_as_failed_with_what_it_said()
    {
        await using var server = SmtpStandIn.Start();
        server.Misbehave = said => said.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 no such user" : null;
        await using var rooms = await Open(server.Port);
        await rooms.Want("ada@example.org", MailTemplates.Reset, ("link", Link));
        await rooms.Start();
        await rooms.Until("SELECT count(*) FROM notices.mails WHERE state = 'failed' AND sealed IS NULL", 1, "given up");
        var mail = Assert.Single((await rooms.Get<IMail>().List(rooms.Operator)).Value);
        Assert.Contains("550 5.1.1 no such user", mail.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_whose_link_has_ended_is_not_sent()
    {
        await using var server = SmtpStandIn.Start();
        await using var rooms = await Open(server.Port);
        await rooms.Want("ada@example.org", MailTemplates.Reset, ("link", Link), ("expires", "2030-01-15T11:00:00Z"));
        await rooms.Start();
        await rooms.Until("SELECT count(*) FROM notices.mails WHERE state = 'expired' AND sealed IS NULL", 1, "expired");
        Assert.Empty(server.Commands);
    }

    [Fact]
    public async Task Two_processes_send_each_mail_once()
    {
        await using var server = SmtpStandIn.Start();
        var database = await postgres.CreateDatabase();
        await using var first = new NoticesRooms(database, services => Point(services, server.Port));
        await using var second = new NoticesRooms(database, services => Point(services, server.Port), first);
        for (var i = 0; i < 60; i++) await first.Get<IMail>().SendTest($"a{i}@example.org", first.Operator);
        await first.Start();
        await second.Start();
        await first.Until("SELECT count(*) FROM notices.mails WHERE state = 'sent'", 60, "all are sent");
        Assert.Equal(60, server.Received.Select(mail => mail.To).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(60, server.Received.Count);
    }

    [Fact]
    public async Task Without_a_server_mail_is_closed_and_says_what_to_set()
    {
        await using var rooms = new NoticesRooms(await postgres.CreateDatabase());
        var mail = rooms.Get<IMail>();
        Assert.False(mail.IsOpen);
        Assert.Equal("notices.mail-closed", mail.Closed!.Code);
        Assert.Equal("notices.mail-closed", (await mail.SendTest("ada@example.org", rooms.Operator)).Refusal!.Code);
        await rooms.Want("ada@example.org", MailTemplates.Verify, ("link", Link));
        await rooms.Start();
        await rooms.Until("SELECT count(*) FROM notices.mails WHERE state = 'closed' AND sealed IS NULL", 1, "recorded as closed");
    }

    [Fact]
    public async Task Kept_mails_are_read_by_operators_alone_and_the_last_200_stay()
    {
        await using var rooms = new NoticesRooms(
            await postgres.CreateDatabase(), services => services.Configure<MailOptions>(o => o.Keep = true));
        var mail = rooms.Get<IMail>();
        Assert.True(mail.IsOpen);
        for (var i = 0; i < 205; i++)
        {
            rooms.Time.Advance(TimeSpan.FromSeconds(1));
            await mail.SendTest($"a{i}@example.org", rooms.Operator);
        }
        await rooms.Want("ada@example.org", MailTemplates.Verify, ("link", Link));
        await rooms.Start();
        await rooms.Until("SELECT count(*) FROM notices.mails WHERE template = 'verify'", 1, "kept");
        var all = (await mail.List(rooms.Operator)).Value;
        Assert.Equal(200, all.Count);
        Assert.Contains(Link, Assert.Single(all, one => one.Template == "verify").Text, StringComparison.Ordinal);
        var member = new Actor(ActorKind.Organization, "token", WireId.New<OrganizationId>());
        Assert.Equal("access.denied", (await mail.List(member)).Refusal!.Code);
        Assert.Equal("access.denied", (await mail.SendTest("a@example.org", member)).Refusal!.Code);
    }

    private async Task<NoticesRooms> Open(int port) => new(await postgres.CreateDatabase(), services => Point(services, port));

    private static void Point(IServiceCollection services, int port) => services.Configure<MailOptions>(o =>
        (o.Host, o.Port, o.Tls, o.From) = ("127.0.0.1", port, MailTls.None, "Acme <noreply@acme.example>"));
}
