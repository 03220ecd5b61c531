using System.Text.Json;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Notices.Inside.Inbox;
using Sluice.Platform.Notices.Inside.Mail;
using Sluice.Platform.Notices.Inside.Webhooks;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices.Inside;

/// <summary>
/// A fact of this room: members of an organization are to be told something. Recorded with the change that it is about, so
/// that it is told exactly as often as that happened.
/// </summary>
/// <param name="Organization">Whose members.</param>
/// <param name="Permission">Which of them: who has this permission there.</param>
/// <param name="Kind">The type of the event.</param>
/// <param name="Title">One line.</param>
/// <param name="Body">A sentence or two.</param>
/// <param name="Link">A path of the pages.</param>
/// <param name="Channels">How.</param>
/// <param name="Template">Which mail; its values besides those that every mail has.</param>
/// <param name="Values">What the mail says.</param>
/// <param name="Happened">The event for webhooks; null where there is none.</param>
internal sealed record Told(
    OrganizationId Organization, Permission Permission, string Kind, string Title, string Body, string? Link,
    IReadOnlyList<AlertChannel> Channels, string Template, IReadOnlyDictionary<string, string> Values,
    OrganizationEvent? Happened);

/// <summary>Puts what is told into inboxes, mails and webhooks, in the transaction that ends the delivery of the fact.</summary>
internal sealed class TellPeople(
    IAudience audience, NoticeBook inbox, MailBook mails, MailGate gate, DeliveryBook deliveries,
    IOptions<TenantsOptions> tenants)
    : ISubscriber<Told>
{
    public async Task Handle(Told fact, UnitOfWork work, CancellationToken ct = default)
    {
        var toInbox = fact.Channels.Contains(AlertChannel.Inbox);
        // Where mail is closed there is nothing to record: the inbox has it.
        var toMail = fact.Channels.Contains(AlertChannel.Mail) && gate.IsOpen;
        var people = toInbox || toMail ? await audience.Of(fact.Organization, fact.Permission, ct) : [];
        foreach (var person in people)
        {
            if (toInbox) await inbox.Add(person.User, fact.Organization, fact.Kind, fact.Title, fact.Body, fact.Link, work, ct);
            if (toMail && person.Email is { } address)
                await mails.Queue(address, fact.Template, Values(fact, person), work, ct);
        }
        if (fact.Channels.Contains(AlertChannel.Webhook) && fact.Happened is { } happened)
            await deliveries.Spread(happened, work, ct);
    }

    private Dictionary<string, string> Values(Told fact, Person person)
    {
        var values = new Dictionary<string, string>(fact.Values, StringComparer.Ordinal) { ["name"] = person.Name };
        if (fact.Link is { } path) values["link"] = new Uri(tenants.Value.PublicUrl, path).ToString();
        return values;
    }
}

/// <summary>Spreads what happened in an organization to its webhooks, and what concerns its people to their inboxes.</summary>
internal sealed class SpreadEvents(DeliveryBook deliveries, IAudience audience, NoticeBook inbox) : ISubscriber<OrganizationEvent>
{
    public async Task Handle(OrganizationEvent fact, UnitOfWork work, CancellationToken ct = default)
    {
        await deliveries.Spread(fact, work, ct);
        if (InboxTexts.Of(fact) is not { } text) return;
        foreach (var person in await audience.Of(fact.Organization, Permission.AuditRead, ct))
            await inbox.Add(person.User, fact.Organization, fact.Type, text.Title, text.Body, text.Link, work, ct);
    }
}

/// <summary>The members of an organization, as Tenants knows them.</summary>
internal sealed class MemberAudience(IMembers members) : IAudience
{
    private const int Page = 200;
    private const int Most = 1000;

    public async Task<IReadOnlyList<Person>> Of(
        OrganizationId organization, Permission permission, CancellationToken ct = default)
    {
        List<Person> people = [];
        UserId? after = null;
        for (var seen = 0; seen < Most; seen += Page)
        {
            var page = await members.List(organization, Actor.System, after, Page, ct);
            if (!page.Ok || page.Value.Count == 0) break;
            people.AddRange(
                from member in page.Value
                where Access.Has(member.Role, permission)
                select new Person(member.User, member.Name, member.IsVerified ? member.Email : null));
            if (page.Value.Count < Page) break;
            after = page.Value[^1].User;
        }
        return people;
    }
}

/// <summary>The texts of what is told of events: for those who answer for the organization.</summary>
internal static class InboxTexts
{
    public static (string Title, string Body, string? Link)? Of(OrganizationEvent happened) => happened.Type switch
    {
        "invitation.accepted" or "member.added" => ("A member joined", Who(happened), Link(happened, "members")),
        "member.changed" => ("A member has another role", Who(happened), Link(happened, "members")),
        "member.removed" => ("A member left", Who(happened), Link(happened, "members")),
        "organization.transferred" => ("The organization has another owner", Who(happened), Link(happened, "members")),
        "organization.suspended" => ("The organization is suspended", "Its keys are refused until an operator resumes it.", null),
        "organization.resumed" => ("The organization is resumed", "An operator let it in again.", null),
        "organization.deletion-planned" => (
            "The organization is to be deleted", "Its keys are refused. Owners can take that back.", Link(happened, "data")),
        "organization.kept" => ("The organization is not deleted", "Somebody took that back.", null),
        "plan.assigned" => ("The organization is on another plan", "", $"/console/{happened.Organization}"),
        "token.created" => ("An access token was made", Who(happened), Link(happened, "tokens")),
        _ => null,
    };

    /// <summary>What a person is told of the own account: the title; null where nothing is told.</summary>
    public static string? OfPerson(string action) => action switch
    {
        "tenants.user.change-password" => "Your password was changed",
        "tenants.user.reset-password" => "Your password was set anew",
        "tenants.user.reset-factors" => "An operator removed your second factors",
        "tenants.user.change-platform-role" => "You have another role in this installation",
        "tenants.user.prove-email" => "Your address is confirmed",
        "tenants.user.plan-deletion" => "Your account is to be deleted",
        "tenants.user.keep" => "Your account is not deleted",
        "tenants.factor.add-totp" => "An authenticator app was added",
        "tenants.factor.remove-totp" => "Your authenticator app was removed",
        "tenants.passkey.add" => "A passkey was added",
        "tenants.passkey.remove" => "A passkey was removed",
        "tenants.wallet.add" => "A wallet was linked",
        "tenants.wallet.remove" => "A wallet was unlinked",
        "tenants.login.link" => "A sign-in with a provider was linked",
        "tenants.login.unlink" => "A sign-in with a provider was removed",
        "tenants.factor.renew-recovery-codes" => "Your recovery codes were made anew",
        _ => null,
    };

    private static string Who(OrganizationEvent happened) =>
        happened.Data.ValueKind == JsonValueKind.Object && happened.Data.TryGetProperty("actor", out var actor)
            ? $"Done by {actor}."
            : "";

    private static string Link(OrganizationEvent happened, string page) => $"/console/{happened.Organization}/{page}";
}
