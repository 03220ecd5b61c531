using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Sluice.Bench;

/// <summary>
/// Runs in this process: the generated project of the default toolchain would not know the versions that the
/// repository manages centrally.
/// </summary>
internal sealed class InProcess : ManualConfig
{
    public InProcess()
    {
        Add(DefaultConfig.Instance);
        AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(3).WithIterationCount(10));
        ArtifactsPath = Path.Combine(Path.GetDirectoryName(BudgetCheck.Find("Sluice.slnx"))!, "artifacts", "bench");
    }
}
