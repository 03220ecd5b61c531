using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Data.Exports;

/// <summary>Tells whoever asked for an export that it is ready.</summary>
internal sealed class ExportLetters(Letters letters)
{
    public Task Ready(User person, ExportRow export, DateTimeOffset end, UnitOfWork work, CancellationToken ct) => letters.Say(
        person, MailTemplates.ExportReady,
        new()
        {
            ["link"] = letters.Address(
                export.Export.Organization is { } organization ? $"/console/{organization}/data" : "/account/data"),
            ["until"] = Letters.Iso(end),
        }, work, ct);
}
