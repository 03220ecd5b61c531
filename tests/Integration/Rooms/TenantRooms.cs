using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Integration.Rooms;

/// <summary>Tenants on a database of its own, with people in it, a clock that is set, and the mails that were wanted.</summary>
internal sealed class TenantRooms : IAsyncDisposable
{
    private int _people;

    private TenantRooms(string database) => Host = new RoomsHost(database, services =>
    {
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IOutbox>(Mails);
        services.Configure<OrganizationsOptions>(options =>
        {
            options.OwnedMax = 3;
            options.InvitationsMax = 3;
            options.MembersMax = 6;
            options.InvitationMailsPerDay = 5;
        });
    });

    public RoomsHost Host { get; }

    public ManualTime Time { get; } = new();

    public WantedMails Mails { get; } = new();

    public ITenants Tenants => Host.Tenants;
    public IMembers Members => Host.Get<IMembers>();
    public IInvitations Invitations => Host.Get<IInvitations>();

    public static async Task<TenantRooms> Open(PostgresCluster postgres) => new(await postgres.CreateDatabase());

    /// <summary>A person with an account of its own.</summary>
    public async Task<Actor> Person(string? email = null, bool verified = true, string platform = "none")
    {
        var user = WireId.New<UserId>();
        email ??= $"person{Interlocked.Increment(ref _people)}@example.org";
        await using var command = Host.Source.CreateCommand("""
            INSERT INTO tenants.users (id, email, email_key, email_verified_at, name, created_at, platform_role)
            VALUES ($1, $2, CASE WHEN $3 THEN $2 END, CASE WHEN $3 THEN now() END, 'Somebody', now(), $4)
            """);
        foreach (var value in new object[] { user.Value, email, verified, platform })
            command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
        return await Now(user);
    }

    /// <summary>A person as the database has it now.</summary>
    public async Task<Actor> Now(UserId user) => (await Host.Get<Memberships>().Person(user, CancellationToken.None))!;

    public Task<Actor> Now(Actor person) => Now(person.User!.Value);

    /// <summary>An organization with an owner of its own.</summary>
    public async Task<(OrganizationId Id, Actor Owner)> Organization(string name = "Acme")
    {
        var owner = await Person();
        var id = (await Tenants.CreateOrganization(name, owner)).Value.Id;
        return (id, await Now(owner));
    }

    /// <summary>Another member of an organization, by way of an invitation.</summary>
    public async Task<Actor> Member(OrganizationId organization, OrganizationRole role)
    {
        var person = await Person();
        var email = await Email(person);
        var invited = await Invitations.Invite(organization, email, role, Actor.System);
        if (!invited.Ok) throw new InvalidOperationException(invited.Refusal.Message);
        var joined = await Invitations.Accept(invited.Value.Id, person);
        return joined.Ok ? await Now(person) : throw new InvalidOperationException(joined.Refusal.Message);
    }

    public async Task<string> Email(Actor person)
    {
        await using var command = Host.Source.CreateCommand($"SELECT email FROM tenants.users WHERE id = '{person.User!.Value.Value}'");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}

/// <summary>An outbox that keeps what is to be mailed.</summary>
internal sealed class WantedMails : IOutbox
{
    private readonly List<MailWanted> _all = [];
    private readonly List<object> _others = [];

    public IReadOnlyList<MailWanted> All => _all;

    /// <summary>The facts that are no mail.</summary>
    public IReadOnlyList<object> Others => _others;

    /// <summary>The token in the newest link to an address.</summary>
    public string TokenTo(string email) =>
        _all.Last(mail => mail.To == email).Values["link"].Split("token=")[1];

    public Task Record<T>(T fact, UnitOfWork work, CancellationToken ct = default) where T : class
    {
        if (fact is MailWanted mail) _all.Add(mail);
        else _others.Add(fact);
        return Task.CompletedTask;
    }
}
