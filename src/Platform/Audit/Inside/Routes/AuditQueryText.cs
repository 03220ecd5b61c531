using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Audit.Inside.Routes;

/// <summary>The filters that list and export share.</summary>
internal static class AuditQueryText
{
    /// <summary>Reads them; a token of one organization asks for its own where it names none.</summary>
    public static AuditQuery Read(QueryText text, Actor actor) => new(
        text.Id<OrganizationId>("organization") ?? actor.Organization, text.Text("action"), text.Text("subject"),
        text.Text("actor"), text.Time("from"), text.Time("to"));

    /// <summary>The number in a cursor.</summary>
    public static long? Number(QueryText text, string name)
    {
        if (text.Text(name) is not { } digits) return null;
        if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        text.Faults.Add($"{name} is the number of an event, as 'next' gave it.");
        return null;
    }
}
