using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Factors;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>The second step of a sign-in: a ticket from the first, and a code.</summary>
internal sealed class SecondStep(IUnitsOfWork units, LinkBook links, Codes codes, SessionBook sessions, Attempts attempts)
{
    /// <param name="user">Who made the first step.</param>
    /// <param name="code">Whether a code is one way to make the second.</param>
    /// <param name="passkey">Whether a passkey is one.</param>
    /// <param name="work">In which it is made.</param>
    /// <param name="ct">Gives up.</param>
    /// <param name="way">What the first step was, for the trail; null: a password.</param>
    public async Task<SecondFactorTicket> Ticket(
        UserId user, bool code, bool passkey, UnitOfWork work, CancellationToken ct, string? way = null)
    {
        var made = await links.Make(LinkPurpose.SecondFactor, user, null, work, ct);
        if (way is not null)
            await work.Execute("UPDATE tenants.links SET way = $2 WHERE hash = $1", [SecretText.Hash(made.Text), way], ct);
        return new SecondFactorTicket(made.Text, made.ExpiresAt, code, passkey);
    }

    public async Task<Result<SignedIn>> Take(string ticket, string code, Origin from, CancellationToken ct)
    {
        var peeked = await units.Write(null, work => links.Open(ticket, LinkPurpose.SecondFactor, work, ct), ct);
        if (!peeked.Ok) return LinkRefusals.TicketEnded;
        var user = peeked.Value.User!.Value;
        var guesses = Codes.Guesses(user.ToString(), from);
        if (await attempts.Take(guesses, ct) is { } tooMany) return tooMany;

        await using var work = await units.Begin(ct);
        var link = await links.Open(ticket, LinkPurpose.SecondFactor, work, ct);
        if (!link.Ok) return LinkRefusals.TicketEnded;
        if (await UserRows.Hold(user, work, ct) is not { SuspendedAt: null }) return SignInDesk.Suspended;
        var first = link.Value.Way is { } way ? $"{way}, then a " : "";
        var by = await codes.TakeTotp(user, code, work, ct) ? $"{first}second step by code"
            : await codes.TakeRecovery(user, code, work, ct) ? $"{first}second step by recovery code"
            : null;
        if (by is null)
        {
            // What was missed counts, so it is kept although the sign-in is refused.
            await LinkBook.Miss(link.Value, work, ct);
            await work.Commit(ct);
            return FactorBook.CodeWrong;
        }
        await links.Use(link.Value, work, ct);
        var begun = await sessions.Begin(user, by, from, work, ct);
        await work.Commit(ct);
        await attempts.Clear(guesses, ct);
        return begun;
    }
}
