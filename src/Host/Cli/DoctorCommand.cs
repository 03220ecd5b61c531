using System.CommandLine;
using Sluice.Host.Doctor;

namespace Sluice.Host.Cli;

internal static class DoctorCommand
{
    public static Command Build()
    {
        var command = new Command(
            "doctor",
            "Check this installation: settings, database, journals, disk, limits, upstreams, "
            + "and whether the rollups say what the journals say. Changes nothing.");
        command.SetAction(async (parsed, ct) =>
        {
            var findings = await Examination.Run(ct);
            var sick = findings.Any(finding => finding.State == FindingState.Fail);
            if (Output.IsJson(parsed))
            {
                Output.Json(new
                {
                    healthy = !sick,
                    checks =
                        from finding in findings
                        let state = finding.State.ToString().ToLowerInvariant()
                        select new { finding.Check, state, finding.Says, finding.Details },
                });
                return sick ? ExitCodes.Failed : ExitCodes.Done;
            }
            foreach (var finding in findings)
            {
                var word = finding.State switch { FindingState.Ok => "ok  ", FindingState.Warn => "warn", _ => "FAIL" };
                Output.Line($"{word}  {finding.Check,-12}  {finding.Says}");
            }
            return sick ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }
}
