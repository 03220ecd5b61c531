using Microsoft.AspNetCore.Builder;

namespace Sluice.Platform.Metering.Inside;

/// <summary>The parameters that usage and log share.</summary>
internal static class FilterDescription
{
    public static RouteHandlerBuilder Filters(this RouteHandlerBuilder route) => route
        .Query("organization", "org_…; a token of an organization needs none.")
        .Query("app", "app_…")
        .Query("key", "key_…")
        .Query("service", "Name of a service.")
        .Query("method", "Name of a method.")
        .Query("from", "Start, ISO 8601, inclusive.")
        .Query("to", "End, exclusive; now by default.")
        .Query("format", "json (the default) or csv; 'Accept: text/csv' asks for CSV, too.");
}
