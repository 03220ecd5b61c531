using System.Runtime.InteropServices;

namespace Sluice.Host.Cli;

/// <summary>Turns SIGTERM, SIGINT and SIGHUP into a cancellation, so that everything ends in its order.</summary>
internal sealed class Signals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Signals(CancellationTokenSource stop)
    {
        Posix.StopIgnoring(Posix.SigInt);
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                stop.Cancel();
            }));
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }
}
