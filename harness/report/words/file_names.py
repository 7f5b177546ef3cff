"""Safe names of files and anchors, made of any names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["file_stem", "file_stems", "slug"]

_MAX_SLUG_LENGTH = 40
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)")
"""What Windows takes for a device, whatever follows the dot."""


def file_stem(name: str, *, longest: int, also: str = "", otherwise: str = "unnamed") -> str:
    """Return a name that is safe as part of a file's name, ``otherwise`` where nothing is left.

    Kept are ASCII letters, digits, ``_``, ``.``, ``-`` and the characters ``also``.
    """
    kept = re.sub(rf"[^A-Za-z0-9_.{re.escape(also)}-]+", "-", name)
    edge = f"-.{also}"
    short = kept.strip(edge)[:longest].strip(edge) or otherwise
    return f"_{short}" if _DEVICE.match(short) else short


def file_stems(names: Iterable[str]) -> dict[str, str]:
    """Return for each name a file's name without suffix, no two the same in any letter case."""
    stems: dict[str, str] = {}
    for name in names:
        short = file_stem(name, longest=60, also="+")
        taken = {stem.lower() for stem in stems.values()}
        numbered = (short, *(f"{short}-{number}" for number in range(2, len(stems) + 3)))
        stems[name] = next(stem for stem in numbered if stem.lower() not in taken)
    return stems


def slug(name: str) -> str:
    """Return a name for an anchor or a figure: lower-case letters and digits."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_MAX_SLUG_LENGTH]
