"""Times, shares, counts and lists as people write them → values.

Each reader gets the name of an option, and a text or the value in a TOML file.
"""

from __future__ import annotations

import re

from harness.errors import ConfigError, nearest
from harness.model import MAX_THREADS, Mode

__all__ = [
    "modes",
    "precision",
    "share_of",
    "switch_interval_s",
    "thread_counts",
    "time_budget_s",
    "whole_number",
]

_INTERVAL_UNITS_S = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "": 1.0}
_MAX_DIGITS = 30
_BUDGET = re.compile(
    r"(?:([0-9]+)\s*h)?\s*(?:([0-9]+)\s*m(?:in)?)?\s*(?:([0-9]+)\s*s)?", flags=re.ASCII
)


def switch_interval_s(name: str, written: object) -> float:
    """Return a length of time such as ``5ms``, ``100us`` or ``0.005`` in seconds."""
    match = re.fullmatch(r"([0-9]*[.]?[0-9]+)\s*(us|µs|ms|s|)", str(written), flags=re.ASCII)
    if not match:
        raise ConfigError(f"--{name} {written!r}: write a time such as 5ms or 100us")
    return float(match[1]) * _INTERVAL_UNITS_S[match[2]]


def time_budget_s(name: str, written: object) -> float:
    """Return a length of time such as ``10m``, ``90s`` or ``1h30m`` in seconds."""
    match = _BUDGET.fullmatch(str(written).strip())
    if not match or not any(match.groups()):
        raise ConfigError(f"--{name} {written!r}: write a time such as 10m, 90s or 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def precision(name: str, written: object) -> float:
    """Return half the width of an interval, written ``2%`` or ``0.02``, as a share."""
    share = share_of(str(written).strip())
    if share is None:
        raise ConfigError(f"--{name} {written!r}: write a share such as 2% or 0.02")
    return share


def share_of(text: str) -> float | None:
    """Return a share written ``2%`` or ``0.02``, ``None`` for anything else."""
    match = re.fullmatch(r"\s*([0-9]*[.]?[0-9]+)\s*(%?)\s*", text, flags=re.ASCII)
    return float(match[1]) / (100 if match[2] else 1) if match else None


def whole_number(name: str, written: object, *, minimum: int, maximum: int) -> int:
    """Return a whole number; ``1_000``, blanks and digits of other scripts are refused."""
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    if not isinstance(written, str) or not re.fullmatch(r"[+-]?[0-9]+", written, re.ASCII):
        raise ConfigError(
            f"--{name} {plain(written)}: write a whole number from {minimum} to {maximum}"
        )
    return int(written[:_MAX_DIGITS])  # longer ones are out of bounds all the same


def plain(written: object) -> str:
    """Return the text of an option, in quotes where it would be hard to see."""
    text = str(written)
    return text if text.isascii() and text.isprintable() and text.split() == [text] else repr(text)


def thread_counts(name: str, written: object) -> tuple[int, ...]:
    """Return thread counts written ``1,2,4``, sorted and distinct."""
    counts = set()
    for item in _items(written):
        if not item.isascii() or not item.isdigit():
            raise ConfigError(f"--{name} {item!r} is not a whole number: write 1,2,4")
        if len(item) > _MAX_DIGITS or not 1 <= int(item) <= MAX_THREADS:
            raise ConfigError(f"--{name} {item} is out of range: from 1 to {MAX_THREADS}")
        counts.add(int(item))
    return tuple(sorted(counts))


def modes(_: str, written: object) -> tuple[Mode, ...]:
    """Return modes written ``threads,serial``, each once."""
    items = _items(written)
    for item in items:
        if item not in list(Mode):
            raise ConfigError(f"unknown mode {item!r}; {nearest(item, list(Mode))}")
    return tuple(map(Mode, dict.fromkeys(items)))


def _items(written: object) -> list[str]:
    items = written if isinstance(written, list | tuple) else str(written).split(",")
    return [str(item).strip() for item in items or ("",)]
