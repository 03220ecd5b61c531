using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.SignIn;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>
/// Makes accounts. Any number of accounts may name an address until one of them proves it, so that signing up never tells
/// whether an address is taken, and nobody takes an address from the one who reads its mail.
/// </summary>
internal sealed class SignUps(
    IUnitsOfWork units, Passwords passwords, Attempts attempts, Founding founding, SessionBook sessions,
    IOptions<TenantsOptions> options)
{
    public static readonly Refusal Closed =
        new("auth.sign-up-closed", "Nobody can sign up here: ask the operator for an account.", 403);

    public static readonly Refusal InvitationNeeded = new(
        "auth.invitation-needed", "Signing up here takes an invitation: ask for one, and open the link in its mail.", 403);

    public async Task<Result<SignedIn>> SignUp(SignUpRequest request, Origin from, CancellationToken ct)
    {
        if (options.Value.SignUp == SignUpPolicy.Closed) return Closed;
        var read = Read(request);
        if (!read.Ok) return read.Refusal;
        var (email, name) = read.Value;
        // Whoever has its token reads the mail of the address: that is the proof.
        var invited = await founding.IsInvited(request.Invitation, email, ct);
        if (!invited && (options.Value.SignUp == SignUpPolicy.Invitation || request.Invitation is not null))
            return InvitationNeeded;
        if (passwords.Weak(request.Password, email) is { } weak) return weak;
        if (passwords.Busy is { } busy) return busy;
        if (await attempts.Take(AttemptLimits.SignUps(email, from), ct) is { } tooMany) return tooMany;
        var hash = await passwords.Hash(request.Password, email, ct);
        if (!hash.Ok) return hash.Refusal;
        return await units.Write<SignedIn>(null, async work =>
        {
            var user = await founding.Found(new Founder(email, name, hash.Value, Proved: invited), from, work, ct);
            return user.Ok ? await sessions.Begin(user.Value, "sign-up", from, work, ct) : user.Refusal;
        }, ct);
    }

    /// <summary>The address as it is kept, and the name, which an address lends where none is given.</summary>
    public static Result<(string Email, string Name)> Read(SignUpRequest request)
    {
        var email = EmailAddress.Check(request.Email);
        if (!email.Ok) return email.Refusal;
        var mailbox = email.Value[..email.Value.IndexOf('@', StringComparison.Ordinal)];
        var name = Names.Check(string.IsNullOrWhiteSpace(request.Name) ? mailbox : request.Name);
        return name.Ok ? (email.Value, name.Value) : name.Refusal;
    }
}
