using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Npgsql;
using Sluice.Platform;

namespace Sluice.Host.Portal.Web;

/// <summary>
/// The framework's keys for cookies and forms, in the database: all processes of an installation read the same ones.
/// The framework asks without waiting, perhaps on a socket's thread, so what it asks is answered from memory; reading and
/// writing happen beside it. New keys are made days before they are used, which is time enough to be told.
/// </summary>
internal sealed partial class ProtectionKeys(
    NpgsqlDataSource database, IServiceProvider services, TimeProvider time, ILogger<ProtectionKeys> log)
    : BackgroundService, IHostedLifecycleService, IXmlRepository
{
    private const long FirstKeyLock = 0x736c7569636b;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KeyLife = TimeSpan.FromDays(90);

    private readonly ConcurrentQueue<(string Name, string Xml)> _unwritten = new();
    private ImmutableArray<string> _keys = [];

    public IReadOnlyCollection<XElement> GetAllElements() => [.. _keys.Select(xml => XElement.Parse(xml))];

    public void StoreElement(XElement element, string friendlyName)
    {
        var xml = element.ToString(SaveOptions.DisableFormatting);
        ImmutableInterlocked.Update(ref _keys, (keys, added) => keys.Add(added), xml);
        _unwritten.Enqueue((friendlyName, xml));
    }

    /// <summary>Reads the keys before anything is served. The first process of all makes the first key.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Held until the commit: of processes that start at once, one makes the key and the others read it.
        await using (var wait = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({FirstKeyLock})", connection))
            await wait.ExecuteNonQueryAsync(cancellationToken);
        await Read(connection, cancellationToken);
        var manager = services.GetRequiredService<IKeyManager>();
        var now = time.GetUtcNow();
        if (!manager.GetAllKeys().Any(key => !key.IsRevoked && key.ActivationDate <= now && key.ExpirationDate > now))
            manager.CreateNewKey(now, now + KeyLife);
        await Write(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(stoppingToken);
                await Write(connection, stoppingToken);
                await Read(connection, stoppingToken);
            }
            catch (NpgsqlException fault)
            {
                LogLater(fault.Message);
            }
        }
    }

    private async Task Read(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT xml FROM portal.protection_keys ORDER BY created_at", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<string> keys = [];
        while (await reader.ReadAsync(ct)) keys.Add(reader.GetString(0));
        keys.AddRange(_unwritten.Select(key => key.Xml));
        _keys = [.. keys];
    }

    private async Task Write(NpgsqlConnection connection, CancellationToken ct)
    {
        while (_unwritten.TryPeek(out var key))
        {
            await using var command = new NpgsqlCommand(
                "INSERT INTO portal.protection_keys (name, xml) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", connection)
            {
                Parameters = { new() { Value = key.Name }, new() { Value = key.Xml } },
            };
            await command.ExecuteNonQueryAsync(ct);
            _unwritten.TryDequeue(out _);
        }
    }

    [LoggerMessage(20201, LogLevel.Warning, "The portal's keys could not be read, and are tried again: {Fault}")]
    private partial void LogLater(string fault);
}

/// <summary>Seals those keys by the key ring before they reach the database.</summary>
internal sealed class ProtectionSeal(ISecretBox box) : IXmlEncryptor
{
    internal const string Context = "portal.protection-keys";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
        new XElement("sealed", box.Seal(plaintextElement.ToString(SaveOptions.DisableFormatting), Context)),
        typeof(ProtectionOpener));
}

/// <summary>Opens what <see cref="ProtectionSeal"/> sealed. The framework makes it by its name.</summary>
internal sealed class ProtectionOpener(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement) =>
        services.GetRequiredService<ISecretBox>().TryOpen(encryptedElement.Value, ProtectionSeal.Context, out var plain)
            ? XElement.Parse(plain)
            : throw new InvalidOperationException("A key of the portal was sealed by a key ring that is not here.");
}
