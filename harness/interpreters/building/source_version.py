"""Recognise CPython's sources and their version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.errors import InterpreterError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["refuse_unless_cpython"]

# Strict, since the version becomes part of folder names.
_VERSION = re.compile(r'^\s*#\s*define\s+PY_VERSION\s+"(\d+\.\d[\w.+]*)"', re.MULTILINE)


def refuse_unless_cpython(folder: Path, *, name: str) -> str:
    """Return the version in ``patchlevel.h``, such as ``3.14.7`` or ``3.15.0a1+``.

    Raises ``InterpreterError`` with ``name`` if these are not CPython's sources.
    """
    patchlevel = folder / "Include" / "patchlevel.h"
    for path in (patchlevel, folder / "configure"):
        if not path.is_file():
            raise InterpreterError(
                f"{name} has no CPython sources (no {path.relative_to(folder).as_posix()})"
            )
    version = _VERSION.search(patchlevel.read_text(encoding="utf-8", errors="replace"))
    if version is None:
        raise InterpreterError(
            f"{name} has no CPython sources (no PY_VERSION in Include/patchlevel.h)"
        )
    return version[1]
