using System.Runtime.InteropServices;
using Sluice.Load;

using var interrupted = new CancellationTokenSource();
// The run unwinds and stops its children in order.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

try
{
    var arguments = Arguments.Parse(args);
    return arguments.Mode switch
    {
        "relay" => await RelayRun.Run(arguments, interrupted.Token),
        "dev" => await DevRun.Run(arguments, interrupted.Token),
        "peers" => await DevRun.ServePeers(arguments, interrupted.Token),
        "jobs" => await JobsRun.Run(arguments, interrupted.Token),
        "keys" => await KeysRun.Run(arguments, interrupted.Token),
        "yarp-peer" => await YarpPeer.Serve(arguments, interrupted.Token),
        _ => Usage(),
    };
}
catch (ArgumentException fault)
{
    Console.Error.WriteLine(fault.Message);
    return Usage();
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Interrupted.");
    return 130;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
}

static int Usage()
{
    Console.Error.WriteLine("""
        relay [--pairs N] [--seconds S] [--paced-seconds S]   the gateway beside nginx and YARP, against bench/budgets.json
        keys [--count N]                                       start and change with a million keys
        jobs [--rounds N] [--one N] [--batched N] [--wakes N]  jobs claimed and completed a second, and how soon one begins
        peers --port P                                         an origin on P, nginx in front of it on P+1, until Ctrl-C
        dev --target URL --key KEY [--peer URL] [--pairs N] [--seconds S] [--paced RATE]   a quick comparison with what runs already
        """);
    return 2;
}
