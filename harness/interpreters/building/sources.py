"""CPython's sources: unpack and recognise them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.tarball import Limits, extract

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.model import Provenance

__all__ = ["Sources", "refuse_unless_cpython", "unpack"]

LIMITS = Limits(members=200_000, size_bytes=2_000_000_000)
"""CPython has 5,000 files of 120 MB in all."""
# Strict: sources without a plausible version are something else.
_VERSION = re.compile(r'^\s*#\s*define\s+PY_VERSION\s+"\d+\.\d[\w.+]*"', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The sources of a CPython, and their name."""

    name: str
    """Readable prefix of the cache key, such as ``cpython-3.14.7``."""
    title: str
    """The name in error messages."""
    provenance: Provenance
    write_files: Callable[[Path], Path]
    """Writes the sources into an empty folder; returns the folder with ``configure``."""
    variables: tuple[str, ...] = ()
    """``NAME=VALUE`` arguments of ``make``."""


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


def refuse_unless_cpython(folder: Path, *, title: str) -> None:
    """Raise ``InterpreterError`` unless these are CPython's sources."""
    patchlevel = folder / "Include" / "patchlevel.h"
    if not patchlevel.is_file():
        missing = "Include/patchlevel.h"
    elif not (folder / "configure").is_file():
        missing = "configure"
    elif not _VERSION.search(patchlevel.read_text(encoding="utf-8", errors="replace")):
        missing = "PY_VERSION in Include/patchlevel.h"
    else:
        return
    raise InterpreterError(f"{title} has no CPython sources (no {missing})")
