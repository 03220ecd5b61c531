using System.Text.Json;
using Sluice.Kernel;
using Sluice.Platform.Audit;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>The door to mail.</summary>
internal sealed class MailRoom(MailBook book, MailGate gate, IUnitsOfWork units, IAudit audit) : IMail
{
    public bool IsOpen => gate.IsOpen;

    public Refusal? Closed => gate.Closed;

    public bool IsKept => gate.IsKept;

    public async Task<Result<IReadOnlyList<Notices.Mail>>> List(Actor actor, CancellationToken ct = default)
    {
        if (actor.Check(Permission.MailOpen) is { } refusal) return refusal;
        // What is kept holds other people's links.
        await audit.RecordRead(actor, "notices.mail.read", "mail", null, ct);
        return await book.List(ct);
    }

    public Task<Result<Notices.Mail>> SendTest(string to, Actor actor, CancellationToken ct = default) =>
        units.Write<Notices.Mail>(null, async work =>
        {
            if (actor.Check(Permission.SettingsWrite) is { } refusal) return refusal;
            if (gate.Closed is { } closed) return closed;
            if (Mailbox.Parse(to) is not { } mailbox)
                return Refusal.Invalid("notices.address-invalid", "That is no address of mail: write name@domain.");
            var id = await book.Queue(mailbox.Address, Letters.Test, new Dictionary<string, string>(), work, ct);
            await audit.Record(
                new AuditEvent(
                    actor, "notices.mail.test", id.ToString(), null, null,
                    JsonSerializer.Serialize(new { to = mailbox.Address }, Http.Json)), work, ct);
            return (await book.Find(id, work, ct))!;
        }, ct);
}
