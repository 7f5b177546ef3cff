"""Unpack a tarball of CPython's sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.tarball import Limits, extract

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["unpack"]

LIMITS = Limits(members=200_000, size_bytes=2_000_000_000)
"""CPython has 5,000 files of 120 MB in all."""


def unpack(tarball: Path, folder: Path) -> Path:
    """Unpack into the empty ``folder``; return the one folder that the tarball contains.

    Raises ``InterpreterError`` and ``OSError`` as ``extract`` does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    extract(tarball, folder, limits=LIMITS)
    tops = list(folder.iterdir())
    if len(tops) != 1 or not tops[0].is_dir():
        raise InterpreterError(f"{tarball.name} does not contain exactly one folder of sources")
    return tops[0]
