using System.Numerics;

namespace Sluice.Gateway.Rules;

/// <summary>
/// A pattern in which <c>*</c> stands for any run of characters. Matching is linear in the text whatever the pattern:
/// the pieces between stars are searched once each, left to right, by Knuth, Morris and Pratt.
/// </summary>
internal sealed class Glob
{
    private readonly bool _fold;
    private readonly bool _star;
    private readonly ushort[] _head;
    private readonly ushort[] _tail;
    private readonly (ushort[] Text, int[] Fallback)[] _pieces;

    /// <param name="pattern">Units of the same width and encoding as the texts.</param>
    /// <param name="fold">Ignore the case of ASCII letters.</param>
    public Glob(ReadOnlySpan<ushort> pattern, bool fold)
    {
        _fold = fold;
        var parts = Split(pattern, fold);
        _star = parts.Count > 1;
        _head = parts[0];
        _tail = _star ? parts[^1] : [];
        var pieces = new List<(ushort[], int[])>();
        for (var i = 1; i < parts.Count - 1; i++)
        {
            if (parts[i].Length > 0)
                pieces.Add((parts[i], Fallback(parts[i])));
        }

        _pieces = [.. pieces];
    }

    public bool Matches<T>(ReadOnlySpan<T> text) where T : unmanaged, IBinaryInteger<T>
    {
        if (_star ? text.Length < _head.Length + _tail.Length : text.Length != _head.Length)
            return false;
        if (!Same(text[.._head.Length], _head) || !Same(text[^_tail.Length..], _tail))
            return false;

        var middle = text[_head.Length..^_tail.Length];
        foreach (var (piece, fallback) in _pieces)
        {
            var end = EndOf(middle, piece, fallback);
            if (end < 0)
                return false;
            middle = middle[end..];
        }

        return true;
    }

    private bool Same<T>(ReadOnlySpan<T> text, ushort[] part) where T : unmanaged, IBinaryInteger<T>
    {
        for (var i = 0; i < part.Length; i++)
        {
            if (Unit(text[i]) != part[i])
                return false;
        }

        return true;
    }

    /// <summary>Where the first occurrence ends; -1 without one.</summary>
    private int EndOf<T>(ReadOnlySpan<T> text, ushort[] piece, int[] fallback) where T : unmanaged, IBinaryInteger<T>
    {
        var matched = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var unit = Unit(text[i]);
            while (matched > 0 && piece[matched] != unit)
                matched = fallback[matched - 1];
            if (piece[matched] == unit && ++matched == piece.Length)
                return i + 1;
        }

        return -1;
    }

    private ushort Unit<T>(T value) where T : unmanaged, IBinaryInteger<T>
    {
        var unit = ushort.CreateTruncating(value);
        return _fold ? Lower(unit) : unit;
    }

    private static ushort Lower(ushort unit) => unit is >= 'A' and <= 'Z' ? (ushort)(unit | 0x20) : unit;

    private static List<ushort[]> Split(ReadOnlySpan<ushort> pattern, bool fold)
    {
        var parts = new List<ushort[]>();
        var part = new List<ushort>();
        foreach (var unit in pattern)
        {
            if (unit == '*')
            {
                parts.Add([.. part]);
                part.Clear();
            }
            else
            {
                part.Add(fold ? Lower(unit) : unit);
            }
        }

        parts.Add([.. part]);
        return parts;
    }

    /// <summary>For every prefix the length of its longest proper prefix that is also its suffix.</summary>
    private static int[] Fallback(ushort[] piece)
    {
        var fallback = new int[piece.Length];
        for (int i = 1, matched = 0; i < piece.Length; i++)
        {
            while (matched > 0 && piece[matched] != piece[i])
                matched = fallback[matched - 1];
            if (piece[matched] == piece[i])
                matched++;
            fallback[i] = matched;
        }

        return fallback;
    }
}
