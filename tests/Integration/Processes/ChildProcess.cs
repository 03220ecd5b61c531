using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.Integration.Processes;

/// <summary>
/// A process that cannot outlive the one that started it: the kernel signals it when its parent dies, and disposal
/// ends it. What it prints is kept.
/// </summary>
public sealed partial class ChildProcess : IAsyncDisposable
{
    private const int SignalTerminate = 15;
    private const int SignalInterrupt = 2;
    private const int SignalStop = 19;
    private const int SignalContinue = 18;
    private const int OutputCharsMax = 8 * 1024 * 1024;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Lock _gate = new();

    private ChildProcess(Process process, string name)
    {
        _process = process;
        Name = name;
        Pid = process.Id;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Pid { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Null while the process runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>Standard output and error so far, in the order of arrival.</summary>
    public string Output
    {
        get { lock (_gate) return _output.ToString(); }
    }

    public static ChildProcess Start(ChildCommand command)
    {
        // The parent-death signal follows the thread that forked, not the process, so one thread that never ends
        // starts every child.
        var process = Launcher.Run(() => Process.Start(command.ToStartInfo())
            ?? throw new InvalidOperationException($"{command.Program} did not start."));
        return new ChildProcess(process, Path.GetFileName(command.Program));
    }

    /// <summary>Runs to the end and returns what was printed; a non-zero exit code throws.</summary>
    public static async Task<string> Run(ChildCommand command, TimeSpan limit)
    {
        await using var child = Start(command);
        var code = await child.WaitForExit(limit);
        if (code != 0)
            throw new InvalidOperationException($"{command.Program} ended with {code}: {child.Output}");
        return child.Output;
    }

    /// <summary>SIGKILL: nothing in the process gets a chance to tidy up.</summary>
    public void Kill() => Send(9);

    public void Terminate() => Send(SignalTerminate);

    public void Interrupt() => Send(SignalInterrupt);

    /// <summary>Freezes the process: its sockets stay open and nothing answers.</summary>
    public void Freeze() => Send(SignalStop);

    public void Thaw() => Send(SignalContinue);

    public async Task<int> WaitForExit(TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException late)
        {
            throw new TimeoutException($"{Name} (pid {Pid}) still runs after {limit}. It printed:\n{Output}", late);
        }
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, then SIGKILL when it did not help in time; returns the exit code.</summary>
    public async Task<int> Stop(TimeSpan patience)
    {
        if (_process.HasExited) return _process.ExitCode;
        Terminate();
        try
        {
            return await WaitForExit(patience);
        }
        catch (TimeoutException)
        {
            Kill();
            return await WaitForExit(TimeSpan.FromSeconds(10));
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A stopped process would not see SIGTERM.
        Thaw();
        await Stop(TimeSpan.FromSeconds(10));
        _process.Dispose();
    }

    /// <summary>Whether any process of that id runs; one that ended and waits to be reaped does not.</summary>
    public static bool IsAlive(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Send(int signal)
    {
        if (!_process.HasExited) _ = SendSignal(Pid, signal);
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_gate)
        {
            if (_output.Length < OutputCharsMax) _output.Append(line).Append('\n');
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Pid})");
}
