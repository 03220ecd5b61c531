using Xunit;

namespace Sluice.Integration.Processes;

/// <summary>The process as other tests use it: with a private database, killed and started again.</summary>
public sealed class SluiceProcessTests
{
    [Fact]
    public async Task Gateway_is_ready_again_over_the_same_data_when_it_was_killed()
    {
        int database;
        await using (var sluice = await SluiceProcess.Start(new SluiceOptions()))
        {
            await sluice.VerbJson("org", "create", "Kept");
            await sluice.Crash();
            await sluice.Up();

            Assert.Contains("Kept", await sluice.Verb("org", "list", "--json"), StringComparison.Ordinal);
            database = sluice.PrivateDatabasePid ?? throw new InvalidOperationException("No private database.");
            Assert.Equal(0, await sluice.Shutdown());
        }
        await Until.True(() => !ChildProcess.IsAlive(database), "the private database is gone", TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Killed_gateway_leaves_nothing_behind_when_it_is_disposed()
    {
        int database;
        await using (var sluice = await SluiceProcess.Start(new SluiceOptions()))
        {
            database = sluice.PrivateDatabasePid ?? throw new InvalidOperationException("No private database.");
            await sluice.Crash();
        }
        await Until.True(() => !ChildProcess.IsAlive(database), "the private database is gone", TimeSpan.FromSeconds(5));
    }
}
