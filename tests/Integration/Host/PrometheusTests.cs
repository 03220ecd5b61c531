using System.Diagnostics;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Host;

public sealed class PrometheusTests
{
    [Fact]
    public async Task Metrics_pass_the_check_of_prometheus()
    {
        Assert.SkipWhen(Promtool is null, "promtool is not installed: ./do test brings it.");
        await using var sluice = await SluiceProcess.Start(new SluiceOptions());
        using var http = new HttpClient();
        await http.GetAsync(new Uri(sluice.BaseUrl, "/v1/nowhere"));
        var text = await http.GetStringAsync(new Uri(sluice.BaseUrl, "/metrics"));
        Assert.Contains("sluice_journal_accepting 1", text, StringComparison.Ordinal);

        var complaints = await Check(text);

        // The runtime's own names are as OpenTelemetry's conventions have them.
        Assert.DoesNotContain(complaints, line => !(line.StartsWith("dotnet_", StringComparison.Ordinal) && line.EndsWith("should not have \"_count\" suffix", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_check_of_prometheus_finds_a_fault()
    {
        Assert.SkipWhen(Promtool is null, "promtool is not installed: ./do test brings it.");
        Assert.NotEmpty(await Check("# TYPE calls counter\ncalls{ 1\n"));
    }

    private static string? Promtool => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);

    private static async Task<string[]> Check(string metrics)
    {
        using var promtool = Process.Start(new ProcessStartInfo(Promtool!, ["check", "metrics"])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        await promtool.StandardInput.WriteAsync(metrics);
        promtool.StandardInput.Close();
        var said = await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        return said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
