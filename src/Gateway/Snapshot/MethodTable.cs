using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.Gateway.Snapshot;

/// <summary>
/// Methods by their UTF-8 name, without making a string of it. Listed ones are a fixed table; the others are learned,
/// up to a bound, so that an attacker who invents names fills neither memory nor journal nor metrics.
/// </summary>
internal sealed class MethodTable
{
    private const int LearnedMax = 500;
    private const int NameBytesMax = 128;

    private readonly Method?[] _slots;
    private readonly byte[]?[] _names;
    private readonly ConcurrentDictionary<string, Method> _learned = new(StringComparer.Ordinal);
    private readonly Func<string, uint> _journalName;
    private readonly long _defaultUnits;
    private readonly Method _other;

    /// <param name="units">Prices of the listed methods.</param>
    /// <param name="defaultUnits">The price of all others.</param>
    /// <param name="journalName">A name's number in the journal.</param>
    /// <param name="keepMs">How long answers of a method may be kept; such a method has its place here, listed or not.</param>
    public MethodTable(
        IReadOnlyDictionary<string, long> units, long defaultUnits, Func<string, uint> journalName,
        IReadOnlyDictionary<string, int>? keepMs = null)
    {
        _journalName = journalName;
        _defaultUnits = defaultUnits;
        _other = new Method(Method.Other, journalName(Method.Other), defaultUnits, listed: false);
        var size = 16;
        keepMs ??= new Dictionary<string, int>();
        while (size < (units.Count + keepMs.Count) * 3) size *= 2;
        _slots = new Method?[size];
        _names = new byte[]?[size];
        foreach (var (name, price) in units)
            Add(new Method(name, journalName(name), price, listed: true, keepMs.GetValueOrDefault(name)));
        foreach (var (name, ms) in keepMs)
            if (!units.ContainsKey(name)) Add(new Method(name, journalName(name), defaultUnits, listed: false, ms));
    }

    private void Add(Method method)
    {
        var utf8 = Encoding.UTF8.GetBytes(method.Name);
        var at = Hash(utf8) & (_slots.Length - 1);
        while (_slots[at] is not null) at = (at + 1) & (_slots.Length - 1);
        _slots[at] = method;
        _names[at] = utf8;
    }

    public Method Find(ReadOnlySpan<byte> name)
    {
        for (var at = Hash(name) & (_slots.Length - 1); ; at = (at + 1) & (_slots.Length - 1))
        {
            if (_slots[at] is not { } method) return Learn(name);
            if (name.SequenceEqual(_names[at])) return method;
        }
    }

    /// <summary>The listed method whose name, read as <c>VERB /path</c>, is the longest that fits; else the verb.</summary>
    public Method FindRoute(string verb, ReadOnlySpan<char> path)
    {
        Method? best = null;
        foreach (var method in _slots)
        {
            if (method is null || (best is not null && best.Name.Length >= method.Name.Length)) continue;
            var name = method.Name.AsSpan();
            if (!name.StartsWith(verb, StringComparison.OrdinalIgnoreCase)) continue;
            name = name[verb.Length..];
            if (name.IsEmpty || (name[0] == ' ' && path.StartsWith(name[1..], StringComparison.Ordinal))) best = method;
        }
        if (best is not null) return best;
        Span<byte> utf8 = stackalloc byte[16];
        return verb.Length <= utf8.Length && Encoding.ASCII.TryGetBytes(verb, utf8, out var written)
            ? Learn(utf8[..written])
            : _other;
    }

    private Method Learn(ReadOnlySpan<byte> name)
    {
        if (name.Length > NameBytesMax) return _other;
        Span<char> text = stackalloc char[NameBytesMax];
        if (!Encoding.UTF8.TryGetChars(name, text, out var length)) return _other;
        text = text[..length];
        var lookup = _learned.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(text, out var known)) return known;
        foreach (var letter in text)
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-' or '.' or '/' or ':')) return _other;
        if (_learned.Count >= LearnedMax) return _other;
        var made = new string(text);
        return _learned.GetOrAdd(made, new Method(made, _journalName(made), _defaultUnits, listed: false));
    }

    // FNV-1a by words: the table is fixed, so nobody can steer names into one slot.
    private static int Hash(ReadOnlySpan<byte> name)
    {
        var hash = 14695981039346656037UL ^ (uint)name.Length;
        while (name.Length >= 8)
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(name)) * 1099511628211UL;
            name = name[8..];
        }
        foreach (var b in name) hash = (hash ^ b) * 1099511628211UL;
        return (int)(hash ^ (hash >> 29)) & int.MaxValue;
    }
}
