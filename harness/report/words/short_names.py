"""Names cut to a width without becoming alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["short_names"]

_MIN = 8
"""Narrower than this nothing can be read."""


def short_names(names: Iterable[str], *, longest: int) -> dict[str, str]:
    """Return for each name at most ``longest`` characters, no two the same.

    Left out is first what long names have in common at their beginning, then their middle; names
    that are still alike are numbered.
    """
    longest = max(_MIN, longest)
    unique = tuple(dict.fromkeys(names))
    long = [name for name in unique if len(name) > longest]
    common = _common_words(long, longest)
    alike: dict[str, list[str]] = {}
    for name in unique:
        alike.setdefault(_cut(name, common, longest), []).append(name)
    short: dict[str, str] = {}
    taken: set[str] = set()
    for cut, group in alike.items():
        start = _alike(group)
        for name in group:
            own = cut if len(group) == 1 else _cut_behind(name, start, longest)
            short[name] = _free(own, taken, longest)
            taken.add(short[name])
    return {name: short[name] for name in unique}


def _free(name: str, taken: set[str], longest: int) -> str:
    """Return the name, numbered where it is taken."""
    free, number = name, 1
    while free in taken:
        number += 1
        mark = f" ({number})"
        free = f"{name[: longest - len(mark)]}{mark}"
    return free


def _common_words(names: list[str], longest: int) -> int:
    """Return how many characters to leave out at the beginning: whole words that all names have.

    As many of them stay as there is room for.
    """
    if len(names) < 2:  # noqa: PLR2004 - one name has its beginning for itself
        return 0
    name, common = names[0], _alike(names)
    spare = longest - 1 - (max(map(len, names)) - common)
    starts = [place for place in range(common + 1) if place == 0 or not name[place - 1].isalnum()]
    kept = [place for place in starts if place >= common - spare]
    return kept[0] if spare >= 0 and kept else starts[-1]


def _alike(names: list[str]) -> int:
    """Return how many characters all names begin with."""
    first, last = min(names), max(names)
    pairs = enumerate(zip(first, last, strict=False))
    differs = (place for place, (one, other) in pairs if one != other)
    return next(differs, min(len(first), len(last)))


def _cut(name: str, common: int, longest: int) -> str:
    if len(name) <= longest:
        return name
    rest = f"…{name[common:]}" if common else name
    if len(rest) <= longest:
        return rest
    tail = (longest - 1) // 2
    return f"{rest[: longest - 1 - tail]}…{rest[len(rest) - tail :]}"


def _cut_behind(name: str, start: int, longest: int) -> str:
    """Return the part of a name that begins where it differs from others."""
    rest = f"…{name[max(0, start - 1) :]}"
    return rest if len(rest) <= longest else f"{rest[: longest - 1]}…"
