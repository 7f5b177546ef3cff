"""Durations, sizes and counts in words, and text that is safe to print on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["by_reason", "byte_size", "count", "duration", "plain_line", "printable", "unquoted"]

_MINUTE_S, _HOUR_S = 60, 3600
_MB = 1_000_000


def duration(seconds: float, *, is_rough: bool = False) -> str:
    """Return ``45 s``, ``3 min 05 s`` or ``1 h 02 min``; roughly ``17 minutes``."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if is_rough:
        return count(round(seconds / _MINUTE_S), "minute")
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S:02} s"
    return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S:02} min"


def byte_size(number: int) -> str:
    """Return ``27 MB``, ``1.3 MB`` or ``40 kB``."""
    if number < _MB:
        return f"{max(1, round(number / 1000))} kB"
    return f"{number / _MB:.{0 if number >= 10 * _MB else 1}f} MB"


def count(number: int, noun: str) -> str:
    """Return a number with its noun in the right form; regular plurals only."""
    sibilant = noun.endswith(("s", "x", "ch"))
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{'es' if sibilant else 's'}"


def by_reason(rows: Iterable[tuple[str, str]], *, verb: str = "") -> tuple[tuple[str, str], ...]:
    """Return each reason once, after all names that it is for.

    With a ``verb`` of ``is`` they are a subject: ``3.14t is``, ``3.14t, 3.14t+gil are``.
    """
    names: dict[str, list[str]] = {}
    for name, reason in rows:
        names.setdefault(reason, []).append(name)
    forms = (verb, "are" if verb == "is" else verb)
    return tuple(
        (f"{', '.join(group)} {forms[len(group) > 1]}".rstrip(), reason)
        for reason, group in names.items()
    )


def printable(text: str, *, keep: str = "") -> str:
    """Replace every character that a terminal would obey or cannot show, except ``keep``."""
    return "".join(
        char if char.isprintable() or char in keep else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def plain_line(text: str) -> str:
    """Return the text as one printable line without typographic blanks and minus signs."""
    flat = text.replace("\u00a0", " ").replace("\u2212", "-").replace("\n", " ")
    return printable(flat).rstrip()


def unquoted(text: str) -> str:
    """Return a docstring's words without the marks around code, for a terminal."""
    return text.replace("``", "")
